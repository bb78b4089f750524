import { posix } from 'node:path';
import type { TestAnswer } from '../agents/test-answer.ts';
import { declaredFunction } from './declarations.ts';
import type { DocumentedCall, Target, TestInput } from './test-input.ts';

/**
 * A pytest file for the public functions of the sources, from the `>>>` examples in their docstrings. As for Node, the
 * first import takes the bare module name; the retry repairs the module that the failed run could not find.
 */
export function writePythonTest(input: TestInput): TestAnswer {
  const plans = input.sources
    .map((source) => ({ path: source.path, targets: readTargets(source.text, input.gaps) }))
    .filter(({ targets }) => targets.length > 0);
  const targets = plans.flatMap((plan) => plan.targets);
  const testCode = input.previous ? repair(input.previous, input) : write(plans);
  return {
    change_echo: input.change,
    test_code: testCode,
    targets: targets.map(({ name }) => name).slice(0, 50),
    edge_cases: targets.flatMap(({ calls }) => calls.map(({ call }) => call)).slice(0, 50),
  };
}

function write(plans: readonly { path: string; targets: readonly Target[] }[]): string {
  const needsPytest = plans.some(({ targets }) =>
    targets.some(({ calls }) => calls.some(({ promise }) => promise.kind === 'throws')),
  );
  const imports = plans.map(
    ({ path, targets }) => `from ${stemOf(path)} import ${targets.map(({ name }) => name).join(', ')}`,
  );
  const tests = plans.flatMap(({ targets }) => targets).flatMap(writeTests);
  return `${[...(needsPytest ? ['import pytest', ''] : []), ...imports, '', '', ...tests].join('\n')}\n`;
}

function writeTests({ name, calls }: Target): string[] {
  const tests = [`def test_${name}_is_callable():\n    assert callable(${name})\n\n`];
  calls.forEach(({ call, promise }, index) => {
    const body =
      promise.kind === 'value'
        ? `    assert ${call} == ${promise.text}`
        : `    with pytest.raises(${promise.error || 'Exception'}):\n        ${call}`;
    tests.push(`def test_${name}_example_${index + 1}():\n${body}\n\n`);
  });
  return tests;
}

function repair(previous: { test_code: string; failure: string }, input: TestInput): string {
  let code = previous.test_code;
  for (const [, missing = ''] of previous.failure.matchAll(/No module named '([\w.]+)'/g)) {
    const source = input.sources.find(({ path }) => stemOf(path) === missing);
    if (!source) continue;
    const shown = input.existing_tests
      .map(({ text }) => new RegExp(`(?:from|import)\\s+([\\w.]+\\.${missing})\\b`).exec(text)?.[1])
      .find((module) => module !== undefined);
    const module = shown ?? source.path.replace(/\.py$/, '').replaceAll('/', '.');
    code = code.replaceAll(`from ${missing} import`, `from ${module} import`);
    // Without an example of how the repository imports it, its root may not be on the path either.
    if (shown === undefined && !code.includes('sys.path')) code = `${rootOnPath(input.test_file)}${code}`;
  }
  return code;
}

function rootOnPath(testFile: string): string {
  const depth = posix.normalize(testFile).split('/').length - 1;
  return `import pathlib\nimport sys\n\nsys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[${depth}]))\n\n`;
}

function stemOf(path: string): string {
  return posix.basename(path, '.py');
}

function readTargets(text: string, gaps: TestInput['gaps']): Target[] {
  const lines = text.split('\n');
  const targets = lines.flatMap((line, index): Target[] => {
    const name = declaredFunction(line);
    if (name === undefined || /^async\b/.test(line)) return [];
    return [{ name, isAsync: false, calls: readExamples(bodyOf(lines, index), name) }];
  });
  const asked = targets.filter(({ name }) => gaps.some(({ quote }) => declaredFunction(quote.trim()) === name));
  return asked.length > 0 ? asked : targets.filter(({ calls }) => calls.length > 0);
}

function bodyOf(lines: readonly string[], index: number): string[] {
  const rest = lines.slice(index + 1);
  const end = rest.findIndex((line) => /^\S/.test(line) && !line.startsWith(')'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** `>>> name(1)` with the value on the next line, or a traceback that ends in the error's name. */
function readExamples(body: readonly string[], name: string): DocumentedCall[] {
  return body.flatMap((line, index): DocumentedCall[] => {
    const call = /^\s*>>>\s*(.+?)\s*$/.exec(line)?.[1];
    const next = (body[index + 1] ?? '').trim();
    if (call === undefined || !call.startsWith(`${name}(`) || !isLiteral(call.slice(name.length + 1, -1))) return [];
    if (next.startsWith('Traceback')) {
      const error = body
        .slice(index + 2, index + 6)
        .map((text) => /^\s*([A-Z]\w*(?:Error|Exception))\b/.exec(text)?.[1])
        .find((found) => found !== undefined);
      return [{ call, promise: { kind: 'throws', error: error ?? '' } }];
    }
    return next !== '' && isLiteral(next) ? [{ call, promise: { kind: 'value', text: next } }] : [];
  });
}

function isLiteral(text: string): boolean {
  const bare = text
    .replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '0')
    .replace(/\b[A-Za-z_]\w*\s*=/g, '')
    .replace(/\b(?:True|False|None)\b/g, '0')
    .replace(/\b\d[\d_]*(?:\.\d+)?\b/g, '0');
  return /^[\s0,.[\]{}():+-]*$/.test(bare);
}

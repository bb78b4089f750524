import { posix } from 'node:path';
import type { TestAnswer } from '../agents/test-answer.ts';
import { declaredFunction } from './declarations.ts';
import type { DocumentedCall, Target, TestInput } from './test-input.ts';

/**
 * A node:test file for the public functions of the sources, from the examples in their comments. Its first import is
 * written as though the test lay beside the source, a mistake that generated tests often make; the retry repairs what
 * the failed run names and nothing else.
 */
export function writeNodeTest(input: TestInput): TestAnswer {
  const plans = input.sources
    .map((source) => ({ source, targets: readTargets(source.text, input.gaps) }))
    .filter(({ targets }) => targets.length > 0);
  const targets = plans.flatMap((plan) => plan.targets);
  const testCode = input.previous ? repair(input.previous, input) : write(input, plans);
  return {
    change_echo: input.change,
    test_code: testCode,
    targets: targets.map(({ name }) => name).slice(0, 50),
    edge_cases: targets.flatMap(({ calls }) => calls.map(({ call }) => call)).slice(0, 50),
  };
}

interface Plan {
  readonly source: { readonly path: string; readonly text: string };
  readonly targets: readonly Target[];
}

function write(input: TestInput, plans: readonly Plan[]): string {
  const isCommonJs = plans.some(({ source }) => !/^\s*(?:export|import)\b/m.test(source.text));
  const load = (names: string, from: string) =>
    isCommonJs ? `const ${names} = require('${from}');` : `import ${names} from '${from}';`;
  const imports = [load('assert', 'node:assert/strict'), load('{ test }', 'node:test')];
  for (const { source, targets } of plans) {
    imports.push(load(`{ ${targets.map(({ name }) => name).join(', ')} }`, `./${posix.basename(source.path)}`));
  }
  const tests = plans.flatMap(({ targets }) => targets).flatMap(writeTests);
  const note =
    tests.length === 0
      ? [
          `// No public function of ${input.sources.map(({ path }) => path).join(', ') || 'the change'} can be called on its own.`,
        ]
      : [];
  return `${[...imports, '', ...note, ...tests].join('\n')}\n`;
}

function writeTests({ name, isAsync, calls }: Target): string[] {
  const tests = [`test('${name} is a function', () => {\n  assert.equal(typeof ${name}, 'function');\n});\n`];
  for (const { call, promise } of calls) {
    const title = JSON.stringify(promise.kind === 'value' ? `${call} gives ${promise.text}` : `${call} is refused`);
    if (promise.kind === 'value') {
      const subject = isAsync ? `await ${call}` : call;
      tests.push(
        `test(${title}, ${isAsync ? 'async ' : ''}() => {\n  assert.deepEqual(${subject}, ${promise.text});\n});\n`,
      );
    } else {
      const expected = promise.error === '' ? '' : `, ${promise.error}`;
      const body = isAsync
        ? `await assert.rejects(async () => ${call}${expected});`
        : `assert.throws(() => ${call}${expected});`;
      tests.push(`test(${title}, ${isAsync ? 'async ' : ''}() => {\n  ${body}\n});\n`);
    }
  }
  return tests;
}

/** Repairs only what the failure names. An example that failed stays: then the code breaks its promise. */
function repair(previous: { test_code: string; failure: string }, input: TestInput): string {
  let code = previous.test_code;
  for (const [, missing = ''] of previous.failure.matchAll(/Cannot find module '([^']+)'/g)) {
    const source = input.sources.find(({ path }) => posix.basename(path) === posix.basename(missing));
    if (source)
      code = code.replaceAll(`'./${posix.basename(source.path)}'`, `'${relativeImport(input.test_file, source.path)}'`);
  }
  for (const [, absent = ''] of previous.failure.matchAll(/does not provide an export named '([\w$]+)'/g)) {
    code = code
      .replace(new RegExp(`\\b${escape(absent)}, |, ${escape(absent)}\\b`), '')
      .replaceAll(testsAbout(absent), '');
  }
  return code;
}

function testsAbout(name: string): RegExp {
  return new RegExp(`test\\((?:'|")${escape(name)}\\b[\\s\\S]*?\\n\\}\\);\\n`, 'g');
}

function escape(text: string): string {
  return text.replace(/[$]/g, '\\$&');
}

function relativeImport(testFile: string, source: string): string {
  const path = posix.relative(posix.dirname(testFile), source);
  return path.startsWith('.') ? path : `./${path}`;
}

function readTargets(text: string, gaps: TestInput['gaps']): Target[] {
  const lines = text.split('\n');
  const targets = lines.flatMap((line, index): Target[] => {
    const name = declaredFunction(line);
    if (name === undefined || /\bclass\b/.test(line)) return [];
    return [{ name, isAsync: /\basync\b/.test(line), calls: readExamples(commentAbove(lines, index), name) }];
  });
  const asked = targets.filter(({ name }) => gaps.some(({ quote }) => declaredFunction(quote.trim()) === name));
  return asked.length > 0 ? asked : targets.filter(({ calls }) => calls.length > 0);
}

/** The lines of the comment that ends right above a declaration. */
function commentAbove(lines: readonly string[], index: number): string[] {
  const comment: string[] = [];
  for (let at = index - 1; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (!/^\s*(\/\/|\/\*|\*)/.test(line)) break;
    comment.unshift(line.replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)\s?/, '').replace(/\*\/\s*$/, ''));
  }
  return comment;
}

/** `name(1, 2) // => 3` and `name('') // throws TypeError`, with or without `@example` before it. */
function readExamples(comment: readonly string[], name: string): DocumentedCall[] {
  return comment.flatMap((line): DocumentedCall[] => {
    const match =
      /^\s*(?:@example\s+)?(?:await\s+)?(.+?)\s*(?:\/\/\s*)?(=>|→|throws|rejects)\s*(?:with\s+)?(.*?)\s*$/.exec(line);
    const [, call = '', verb = '', rest = ''] = match ?? [];
    const plainCall = call.replace(/\s*\/\/\s*$/, '').replace(/;$/, '');
    if (!plainCall.startsWith(`${name}(`) || !plainCall.endsWith(')')) return [];
    if (!isLiteral(plainCall.slice(name.length + 1, -1))) return [];
    if (verb === 'throws' || verb === 'rejects' || rest.startsWith('throws')) {
      const error = /\b([A-Z]\w*Error)\b/.exec(rest)?.[1] ?? '';
      return [{ call: plainCall, promise: { kind: 'throws', error: BUILT_IN_ERRORS.has(error) ? error : '' } }];
    }
    return rest !== '' && isLiteral(rest) ? [{ call: plainCall, promise: { kind: 'value', text: rest } }] : [];
  });
}

const BUILT_IN_ERRORS = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError']);

/** Only literals: an example that needs anything around it cannot be run on its own. */
function isLiteral(text: string): boolean {
  const bare = text
    .replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`$\\]*`/g, '0')
    .replace(/[A-Za-z_$][\w$]*\s*:/g, '')
    .replace(/\b(?:true|false|null|undefined|NaN|Infinity)\b/g, '0')
    .replace(/\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?\b/gi, '0');
  return /^[\s0,.[\]{}:+-]*$/.test(bare);
}

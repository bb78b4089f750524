import type { InputProblem } from '../errors.ts';
import type { LocatedYaml } from './located-yaml.ts';
import { keysAt, schemaAt } from './schema-keys.ts';

/**
 * A file whose indentation was lost on the way (pasted from a page, an e-mail): every section is empty and its keys
 * stand beside it at the top level. Guessing which key belonged where could set a threshold nobody chose, so it is refused,
 * once, in place of one unknown key after the other.
 */
export function findFlatForm(yaml: LocatedYaml): { problem: InputProblem; moved: ReadonlySet<string> } | undefined {
  if (!isPlainObject(yaml.value)) return undefined;
  const value = yaml.value;
  const known = keysAt([]);
  const sections = known.filter((name) => value[name] === null && schemaAt([name])?.type === 'object');
  const inside = new Set(sections.flatMap((name) => nestedKeys([name])));
  const moved = new Set(Object.keys(value).filter((key) => !known.includes(key) && inside.has(key)));
  const first = sections[0];
  if (first === undefined || moved.size === 0) return undefined;
  return {
    moved: new Set([...moved, ...sections]),
    problem: {
      field: first,
      problem: `the indentation is lost: the section is empty and its keys stand at the top level (${[...moved].slice(0, 3).join(', ')}, …)`,
      fix: `indent the keys of each section by two spaces, e.g. "${first}:" and below it "  ${[...moved][0]}: …"; see examples/pipeline-config.yaml`,
      at: yaml.placeOfKey([first]),
    },
  };
}

function nestedKeys(path: readonly string[]): string[] {
  return keysAt(path).flatMap((key) => [key, ...nestedKeys([...path, key])]);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

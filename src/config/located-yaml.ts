import { type Document, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { InputProblem } from '../errors.ts';

export type KeyPath = readonly (string | number)[];
type Place = NonNullable<InputProblem['at']>;

/** A YAML text as plain data, and where each part of it stands. */
export interface LocatedYaml {
  readonly value: unknown;
  /** Syntax errors, duplicate keys, tags, second documents. When there are any, `value` is undefined. */
  readonly problems: readonly InputProblem[];
  /** Every text in the file with its path, keys included. */
  readonly texts: readonly { readonly path: KeyPath; readonly text: string; readonly place: Place }[];
  /** Where the value at `path` stands; for a value that is missing, the nearest part around it. */
  placeOf(path: KeyPath): Place;
  /** Where the key itself stands. */
  placeOfKey(path: KeyPath): Place;
}

const MAX_BYTES = 1_000_000;
/** Aliases are refused beyond this many expanded nodes: a few lines can otherwise unfold into gigabytes. */
const MAX_ALIASES = 50;

/** Reads YAML 1.2 with positions. Never throws on bad text: what is wrong is in `problems`. */
export function parseLocatedYaml(text: string, file: string): LocatedYaml {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const problem = { field: file, problem: `is larger than ${MAX_BYTES} bytes`, at: { file, line: 1, column: 1 } };
    return empty(problem, file);
  }
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2', schema: 'core' });
  const problems: InputProblem[] = [...doc.errors, ...doc.warnings].map((error) => ({
    field: 'yaml',
    problem: error.message.split('\n', 1)[0] ?? error.code,
    at: at(error.pos[0]),
  }));
  if (problems.length > 0) return { ...empty(undefined, file), problems };

  const placeOf = (path: KeyPath) => at(nearestNode(doc, path)?.range?.[0] ?? 0);
  const placeOfKey = (path: KeyPath) => {
    const key = keyNode(doc, path);
    return key === undefined ? placeOf(path) : at(key.range?.[0] ?? 0);
  };
  const { texts, problems: badTexts } = collectTexts(doc, at);
  if (badTexts.length > 0) return { ...empty(undefined, file), problems: badTexts };
  try {
    return { value: doc.toJS({ maxAliasCount: MAX_ALIASES }), problems: [], texts, placeOf, placeOfKey };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return empty({ field: 'yaml', problem: `cannot be read: ${reason}`, at: at(0) }, file);
  }
}

function empty(problem: InputProblem | undefined, file: string): LocatedYaml {
  const start = () => ({ file, line: 1, column: 1 });
  const problems = problem === undefined ? [] : [problem];
  return { value: undefined, problems, texts: [], placeOf: start, placeOfKey: start };
}

function nearestNode(doc: Document.Parsed, path: KeyPath): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = doc.getIn(path.slice(0, length), true);
    if (isScalar(node) || isCollection(node)) {
      // An empty value has no place of its own worth showing; its key has.
      if (isScalar(node) && node.range?.[0] === node.range?.[1]) return keyNode(doc, path.slice(0, length)) ?? node;
      // What is missing inside a map is reported at the key that holds the map.
      return length === path.length ? node : (keyNode(doc, path.slice(0, length)) ?? node);
    }
  }
  return doc.contents ?? undefined;
}

function keyNode(doc: Document.Parsed, path: KeyPath): Node | undefined {
  const parent = path.length > 1 ? doc.getIn(path.slice(0, -1), true) : doc.contents;
  const name = path.at(-1);
  if (!isMap(parent)) return undefined;
  const key = parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(name))?.key;
  return isScalar(key) ? key : undefined;
}

/** All scalars with their paths. Keys that are not words, and text that no record could hold, are refused here. */
function collectTexts(doc: Document.Parsed, at: (offset: number) => Place) {
  const texts: { path: KeyPath; text: string; place: Place }[] = [];
  const problems: InputProblem[] = [];
  visit(doc, {
    Scalar(key, node, ancestors) {
      const place = at(node.range?.[0] ?? 0);
      const path = pathOf(key, ancestors);
      if (key === 'key' && (typeof node.value !== 'string' || node.value === '__proto__')) {
        problems.push({
          field: [...path, String(node.value)].join('.'),
          problem: 'is not a name for a key',
          at: place,
        });
      }
      if (typeof node.value !== 'string') return;
      // A lone surrogate has no UTF-8 form, so a policy that held one could not be hashed.
      if (/[\ud800-\udfff]/u.test(node.value)) {
        problems.push({ field: path.join('.') || 'yaml', problem: 'holds half of a surrogate pair', at: place });
      }
      texts.push({ path: key === 'key' ? [...path, node.value] : path, text: node.value, place });
    },
    Pair(_key, pair, ancestors) {
      if (isScalar(pair.key)) return;
      const offset = isCollection(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      problems.push({
        field: pathOf(null, ancestors).join('.') || 'yaml',
        problem: 'a key must be a word',
        at: at(offset),
      });
    },
  });
  return { texts, problems };
}

function pathOf(key: unknown, ancestors: readonly unknown[]): (string | number)[] {
  const path: (string | number)[] = [];
  for (const [index, ancestor] of ancestors.entries()) {
    const child = ancestors[index + 1];
    if (isPairLike(ancestor)) {
      // The path of a key is that of the map it stands in; the caller adds its name.
      if (child === undefined && key === 'key') continue;
      if (isScalar(ancestor.key)) path.push(String(ancestor.key.value));
    } else if (isCollection(ancestor) && !isMap(ancestor)) {
      const position = child === undefined ? key : ancestor.items.indexOf(child);
      if (typeof position === 'number') path.push(position);
    }
  }
  return path;
}

function isPairLike(value: unknown): value is { key: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value && !isScalar(value);
}

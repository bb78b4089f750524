import type { z } from 'zod';
import type { InputProblem } from '../errors.ts';
import type { KeyPath, LocatedYaml } from './located-yaml.ts';
import { nearestWord } from './nearest-word.ts';
import { homesOf, keysAt } from './schema-keys.ts';
import { isSecretName } from './secret-shapes.ts';

/** What the schema found, in the words of the file: field, place, and what to do. No value of the file is repeated. */
export function describeIssue(issue: z.core.$ZodIssue, yaml: LocatedYaml): InputProblem[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => describeUnknownKey(path, key, yaml));
  const field = path.join('.') || 'slipway.yaml';
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map((inner) => inner.message).join('; ');
    return [{ field, problem: `is not a valid name: ${why}`, at: yaml.placeOfKey(path) }];
  }
  const { found, value } = lookUp(yaml.value, path);
  if (!found && issue.code !== 'custom') {
    return [{ field, problem: 'is missing', fix: `add "${path.at(-1)}: …"`, at: yaml.placeOf(path) }];
  }
  if (value === null) {
    return [{ field, problem: 'is empty', fix: 'give it a value or remove the line', at: yaml.placeOf(path) }];
  }
  return [{ field, problem: plain(issue.message), at: yaml.placeOf(path) }];
}

/** The schema's own sentences, as they follow a field's name. */
function plain(message: string): string {
  return message
    .replace(/^Invalid (?:input|option|string): /, '')
    .replace(/^Too (?:big|small): expected \w+ to (?:be|have) /, 'must be ')
    .replace(/^Invalid discriminator value\. Expected /, 'must be ')
    .replace(/^expected /, 'must be ')
    .replace(/, received (\w+)$/, ', not $1');
}

function describeUnknownKey(parent: KeyPath, key: string, yaml: LocatedYaml): InputProblem {
  const path = [...parent, key];
  const fix = adviceFor(parent, key);
  const base = { field: path.join('.'), problem: 'unknown key', at: yaml.placeOfKey(path) };
  return fix === undefined ? base : { ...base, fix };
}

function adviceFor(parent: KeyPath, key: string): string | undefined {
  if (isSecretName(key)) return 'secrets come from the environment, as NAME or NAME_FILE, never from this file';
  const known = keysAt(parent);
  if (known.includes(key)) return 'it belongs to another kind; see docs/configuration.md';
  const near = nearestWord(key, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const homes = homesOf(key);
  if (homes.length > 0) return `it belongs at ${homes.slice(0, 2).join(' or ')}: check the indentation`;
  return known.length === 0 ? undefined : `known here: ${known.join(', ')}`;
}

function lookUp(value: unknown, path: KeyPath): { found: boolean; value: unknown } {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) {
      return { found: false, value: undefined };
    }
    current = Object.entries(current).find(([key]) => key === String(step))?.[1];
  }
  return { found: true, value: current };
}

import { expect, test } from 'vitest';
import type { ChangeFacts } from '../../../src/change/change.ts';
import { demoChanges, readTree, sampleServiceDirectory } from '../../../src/demo/demo-changes.ts';
import { inspectInput } from './make-change.ts';

const base = readTree(sampleServiceDirectory);

/** The facts that send a change to a person. */
function alarms(facts: ChangeFacts): string[] {
  const calm = new Set(['docs_only', 'tests_only']);
  return Object.entries(facts)
    .filter(([name, value]) => value !== false && !calm.has(name))
    .map(([name]) => name);
}

test.each([
  ['good', []],
  ['breaks_in_production', []],
  ['migration', ['schema_changes_detected']],
  ['leak', ['breaking_api_contract', 'secrets_added']],
])('the sample change %s raises %j', async (key, expected) => {
  const change = demoChanges.find((candidate) => candidate.key === key)!;
  const files = Object.entries(change.files());
  const after = Object.fromEntries(files.filter((entry): entry is [string, string] => entry[1] !== null));
  const before = Object.fromEntries(files.flatMap(([path]) => (base[path] === undefined ? [] : [[path, base[path]]])));
  const inspection = await inspectInput({ before, after, base, message: change.message });
  expect(alarms(inspection.facts)).toEqual(expected);
  expect(inspection.problems).toEqual([]);
});

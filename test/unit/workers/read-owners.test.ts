import { describe, expect, it } from 'vitest';
import { readOwners } from '../../../src/workers/read-owners.ts';
import { makeRunRow } from '../../support/run-row.ts';

const TARGET = 'b'.repeat(40);
const people = { mara: { emails: ['mara@example.com'], logins: ['mara-gh'] } };

/** Owners by files of the target branch; a read of any other commit fails. */
function owners(files: Record<string, string>, paths = ['src/a.ts'], target_sha: string | null = TARGET) {
  const repository = {
    readFile: (_url: string, commit: string, path: string) =>
      commit === TARGET ? Promise.resolve(files[path] ?? null) : Promise.reject(new Error(`read ${commit}`)),
  };
  const run = makeRunRow({ head_sha: 'a'.repeat(40), base_sha: 'c'.repeat(40), target_sha });
  return readOwners(repository, 'url', run, paths, people, new AbortController().signal);
}

describe('owners of a change', () => {
  it('are those of the first file in .github, the root, docs and .gitlab, at the tip of the target branch only', async () => {
    const all = {
      '.github/CODEOWNERS': '* @a',
      CODEOWNERS: '* @b',
      'docs/CODEOWNERS': '* @c',
      '.gitlab/CODEOWNERS': '* @d',
    };
    const names: (string | undefined)[] = [];
    for (const path of Object.keys(all)) {
      names.push((await owners(all)).owners[0]?.owner);
      Reflect.deleteProperty(all, path);
    }
    expect(names).toEqual(['@a', '@b', '@c', '@d']);
    expect(await owners({ CODEOWNERS: '* @b' }, ['a'], null)).toEqual({ owners: [], problems: [] });
  });

  it('are nobody where the first file says nothing, whatever the next one says', async () => {
    expect(await owners({ '.github/CODEOWNERS': '', CODEOWNERS: '* @b' })).toEqual({ owners: [], problems: [] });
  });

  it('are named with the person they are, and with the lines that were left out', async () => {
    expect(await owners({ CODEOWNERS: '* @Mara-GH @acme/all\n!x @y\n' })).toEqual({
      owners: [
        { owner: '@Mara-GH', person: 'mara', paths: ['src/a.ts'] },
        { owner: '@acme/all', person: null, paths: ['src/a.ts'] },
      ],
      problems: ['CODEOWNERS, line 2, is left out: a pattern cannot be taken back with !'],
    });
  });
});

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { chunkDiff } from '../../src/change/chunk-diff.ts';
import { reconcileManifest } from '../../src/change/coverage-manifest.ts';
import { parseRaw } from '../../src/change/list-changes.ts';
import { parseDiff } from '../../src/change/parse-diff.ts';
import { readDiff } from '../../src/change/read-diff.ts';
import type { Git } from '../../src/change/run-git.ts';
import { Sha } from '../../src/ids.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';

vi.setConfig({ testTimeout: 240_000 });

let repo: TestRepo;
beforeAll(() => {
  repo = makeTestRepo('coverage');
});
afterAll(() => repo.remove());

interface TreeFile {
  readonly mode: '100644' | '100755' | '120000' | '160000';
  readonly text: string;
}

const LINE = fc.oneof(
  fc.constantFrom(
    '',
    '@@ -1,3 +1,3 @@',
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    '-- ',
    '\\ No newline',
    'From ',
    '\f',
    'a\rb',
    'x\u2028y',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[\0\n\ufffd]|\p{Cs}/gu, '')),
);
const TEXT = fc
  .tuple(fc.array(LINE, { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''));
const FILE: fc.Arbitrary<TreeFile> = fc.record({
  mode: fc.constantFrom('100644', '100644', '100644', '100755', '120000', '160000'),
  text: TEXT,
});
/** Two trees with names in common, so that files change, go, come, and move with and without an edit. */
const NAMES = ['a.js', 'b/a.js', 'b/ü c.py', '"q".md', '-x', 'd/e', 'package-lock.json', 'b/end '];
const TREES = fc
  .tuple(fc.dictionary(fc.constantFrom(...NAMES), FILE), fc.dictionary(fc.constantFrom(...NAMES), FILE), fc.nat())
  .map(([before, after, pick]) => {
    const kept = Object.entries(before).filter((_entry, index) => (pick >> index) % 2 === 1);
    const moved = kept.map(([name, file], index): [string, TreeFile] => [
      index % 2 === 0 ? name : (NAMES[(pick + index) % NAMES.length] ?? name),
      index % 3 === 0 ? file : { ...file, text: `${file.text}\nand a line more\n` },
    ]);
    return { before, after: { ...after, ...Object.fromEntries(moved) } };
  });

/** Both trees as commits, in one go. Names are quoted as fast-import wants them. */
function commitTrees(trees: readonly Readonly<Record<string, TreeFile>>[], link: string): void {
  const stream = trees.flatMap((files, index) => [
    `commit refs/heads/tree-${index}\ncommitter a <a@example.com> 1790000000 +0000\ndata 0\ndeleteall\n`,
    ...Object.entries(files).map(([path, { mode, text }]) => {
      const name = `"${path.replaceAll('"', '\\"')}"`;
      return mode === '160000'
        ? `M ${mode} ${link} ${name}\n`
        : `M ${mode} inline ${name}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
    }),
  ]);
  execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: repo.work, input: stream.join('') });
}

const run: Git['run'] = async (args) => ({
  exitCode: 0,
  stdout: execFileSync('git', [...args], { cwd: repo.work, maxBuffer: 64_000_000 }),
  stderr: '',
  cut: false,
});
const git: Git = { run, stream: () => Promise.reject(new Error('not asked for')) as never };
const signal = new AbortController().signal;

it('property: of every changed file git lists, each changed line is in exactly one part or the file says why not', async () => {
  const link = repo.commit({ files: { 'start.txt': 'start\n' } });
  await fc.assert(
    fc.asyncProperty(TREES, fc.integer({ min: 200, max: 2_000 }), async ({ before, after }, maxTokens) => {
      commitTrees([before, after], link);
      const [base, head] = ['tree-0', 'tree-1'].map((name) => Sha.parse(repo.git('rev-parse', name)));
      if (base === undefined || head === undefined) throw new Error('no commits');
      const raw = await run(['diff', '--raw', '-z', '--no-abbrev', '--find-renames=50%', base, head], { signal });
      const changes = parseRaw(raw.stdout.toString('utf8'));
      fc.pre(changes.length > 0);
      const parsed = parseDiff((await readDiff(git, base, head, 10_000_000, signal)) ?? '');
      const { chunks, manifest: read } = chunkDiff(parsed, { maxTokens, lockReason: () => null });
      const { manifest, problems } = reconcileManifest(read, changes);
      expect(problems).toEqual([]);
      expect(manifest.map(({ path }) => path).toSorted(byText)).toEqual(
        changes.map(({ path }) => path).toSorted(byText),
      );

      const pieces = chunks.flatMap((chunk) => chunk.pieces);
      for (const entry of manifest) {
        const sections = parsed.files.filter(({ path }) => path === entry.path);
        const shown = pieces.filter(({ path }) => path === entry.path).map(({ text }) => text.split('\n').slice(1));
        const sent = shown.flat().filter((line) => line[0] === '+' || line[0] === '-');
        const changed = sections.flatMap(({ hunks }) =>
          hunks.flatMap(({ lines }) => lines.filter((line) => /^[+-]/.test(line))),
        );
        expect(entry.changed_lines).toBe(changed.length);
        expect(entry.reason === null, entry.path).toBe(entry.status === 'full');
        if (entry.status === 'full') expect(sent).toEqual(changed);
        else expect(sent.length).toBeLessThanOrEqual(changed.length);
      }
      // Git's own count of lines, which knows nothing of the text of the diff; what becomes a link it counts in another way.
      if (/ T\0/.test(raw.stdout.toString('utf8'))) return;
      const counts = (
        await run(['diff', '--shortstat', '--find-renames=50%', base, head], { signal })
      ).stdout.toString();
      const counted = [...counts.matchAll(/(\d+) (?:insertion|deletion)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
      expect(manifest.reduce((sum, entry) => sum + entry.changed_lines, 0)).toBe(counted);
    }),
    // The same trees each time: what fails here, fails for everybody.
    { numRuns: 40, seed: 4 },
  );
});

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

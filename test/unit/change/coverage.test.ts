import { describe, expect, it } from 'vitest';
import { chunkDiff } from '../../../src/change/chunk-diff.ts';
import { coverageOf, type ManifestEntry, reconcileManifest } from '../../../src/change/coverage-manifest.ts';
import { makeIsGenerated } from '../../../src/change/generated-files.ts';
import { parseRaw } from '../../../src/change/list-changes.ts';
import { parseDiff } from '../../../src/change/parse-diff.ts';

const entry = (over: Partial<ManifestEntry> = {}): ManifestEntry => ({
  path: 'a.js',
  status: 'full',
  reason: null,
  blob: 'b'.repeat(40),
  changed_lines: 4,
  read_lines: 4,
  ranges: [[1, 4]],
  ...over,
});
const OLD = '1'.repeat(40);
const NEW = '2'.repeat(40);

describe('coverage', () => {
  it('is complete when all that is not excluded was read', () => {
    const lock = entry({ path: 'package-lock.json', status: 'skipped', reason: 'lock_file', read_lines: 0 });
    expect(coverageOf([entry(), lock])).toEqual({
      files: 2,
      changed_lines: 8,
      excluded_lines: 4,
      read_lines: 4,
      complete: true,
      gaps: [],
    });
  });

  it('is not complete when nothing is known', () => {
    expect(coverageOf([])).toMatchObject({ complete: false, gaps: [] });
  });

  it.each([
    [
      entry({ status: 'partial', reason: 'line_too_long', read_lines: 3 }),
      'a.js: 1 of 4 changed lines were not read (line too long)',
    ],
    [entry({ status: 'skipped', reason: 'binary', changed_lines: 0, read_lines: 0 }), 'a.js was not read (binary)'],
    [
      entry({ status: 'skipped', reason: 'submodule', read_lines: 0 }),
      'a.js: 4 of 4 changed lines were not read (submodule)',
    ],
    [
      entry({ status: 'skipped', reason: 'not_in_diff', changed_lines: 0, read_lines: 0 }),
      'a.js was not read (not in diff)',
    ],
  ])('names what was not read', (gap, words) => {
    expect(coverageOf([entry({ path: 'b.js' }), gap])).toMatchObject({ complete: false, gaps: [words] });
  });
});

describe('the manifest against git’s own list', () => {
  it('has every file of git’s list once, and says what the diff hides', () => {
    const { manifest, problems } = reconcileManifest(
      [entry(), entry({ path: 'ghost.js' })],
      [
        { path: 'a.js', blob: NEW },
        { path: 'hidden.js', blob: OLD },
      ],
    );
    expect(manifest.map(({ path, status, reason, blob }) => [path, status, reason, blob])).toEqual([
      ['a.js', 'full', null, NEW],
      ['hidden.js', 'skipped', 'not_in_diff', OLD],
      ['ghost.js', 'full', null, 'b'.repeat(40)],
    ]);
    expect(problems).toEqual(['ghost.js: stands in the diff, but git lists no change of it']);
    expect(coverageOf(manifest).complete).toBe(false);
  });

  it('reads changes, deletions, renames and names that need quoting elsewhere', () => {
    const raw =
      `:100644 100644 ${OLD} ${NEW} M\0a b\n"c".js\0` +
      `:100644 000000 ${OLD} ${'0'.repeat(40)} D\0gone.js\0` +
      `:100644 100644 ${OLD} ${NEW} R090\0before.js\0after.js\0`;
    expect(parseRaw(raw)).toEqual([
      { path: 'a b\n"c".js', blob: NEW },
      { path: 'gone.js', blob: null },
      { path: 'after.js', blob: NEW },
    ]);
    expect(parseRaw('')).toEqual([]);
    expect(() => parseRaw('nonsense\0x\0')).toThrow(/GIT_FAILED/);
  });
});

describe('generated files', () => {
  const isGenerated = makeIsGenerated([
    { path: 'web/.gitattributes', text: 'dist/** -linguist-generated\n' },
    {
      path: '.gitattributes',
      text: [
        '# built',
        '*.pb.go linguist-generated',
        '/dist/** linguist-generated=true text',
        'web/dist/** linguist-generated',
        'src/**/schema.ts linguist-generated',
        '*.snap linguist-generated',
        'kept.snap linguist-generated=false',
        'a(b)*.js linguist-generated',
        'lib/ linguist-generated',
        '[a-z].x linguist-generated',
      ].join('\n'),
    },
  ]);

  it.each(['api/v1/user.pb.go', 'dist/deep/a.js', 'src/schema.ts', 'src/a/b/schema.ts', 'x/y.snap', 'a(b)c.js'])(
    'are those that the base declares: %s',
    (path) => expect(isGenerated(path)).toBe(true),
  );

  it.each(['other/dist/a.js', 'web/dist/a.js', 'x/kept.snap', 'pb.go', 'lib/a.js', 'a.x', 'src/schema.tsx', 'abc.js'])(
    'are no others, and a pattern that is not understood excludes nothing: %s',
    (path) => expect(isGenerated(path)).toBe(false),
  );

  it('stay quick whatever the pattern', () => {
    const many = makeIsGenerated([
      { path: '.gitattributes', text: `${'*a'.repeat(12)}${'**/'.repeat(6)}z linguist-generated` },
    ]);
    const started = performance.now();
    many(`${'a'.repeat(60)}/${'b/'.repeat(20)}y`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('are skipped in the manifest and sent to nobody', () => {
    const diff = `diff --git a/dist/a.js b/dist/a.js\nindex ${OLD}..${NEW} 100644\n--- a/dist/a.js\n+++ b/dist/a.js\n@@ -1 +1 @@\n-a\n+b\n`;
    const { chunks, manifest } = chunkDiff(parseDiff(diff), { maxTokens: 1000, isGenerated });
    expect(chunks).toEqual([]);
    expect(manifest).toEqual([
      {
        path: 'dist/a.js',
        status: 'skipped',
        reason: 'generated',
        blob: NEW,
        changed_lines: 2,
        read_lines: 0,
        ranges: [],
      },
    ]);
    expect(coverageOf(manifest).complete).toBe(true);
  });
});

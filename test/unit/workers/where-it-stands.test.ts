import { describe, expect, it } from 'vitest';
import { parseDiff } from '../../../src/change/parse-diff.ts';
import { makeWhereItStands } from '../../../src/workers/review/where-it-stands.ts';
import { makeFinding } from '../../support/change-facts.ts';
import { diffOfNewFiles } from '../../support/examine-directly.ts';

const HOLE = 'return db.query("select id from users where name = \'" + name + "\'");';
const AT = { path: 'src/find.js', line: 2, end_line: 2, quote: HOLE, grounding: 'exact' } as const;
const find = (body: string) => `export function find(db, name) {\n${body}\n}\n`;

/** New files; those of `unheld` are known by their diff alone, as documents are and what is excluded. */
function standing(
  files: Readonly<Record<string, string>>,
  over: Parameters<typeof makeFinding>[0] = {},
  unheld: string[] = [],
) {
  const { files: changed } = parseDiff(diffOfNewFiles(files));
  const headText = (path: string) => (unheld.includes(path) ? null : (files[path] ?? null));
  return makeWhereItStands({ changed, headText })(makeFinding({ ...AT, ...over }));
}

describe('the code of a finding of an earlier head', () => {
  it.each([
    ['as it was', { 'src/find.js': find(`  ${HOLE}`) }, 'src/find.js', 2],
    ['further down', { 'src/find.js': `const a = 1;\n${find(HOLE)}` }, 'src/find.js', 3],
    ['indented', { 'src/find.js': find(`\t\tif (name) {\n\t\t\t${HOLE}\n\t\t}`) }, 'src/find.js', 3],
    ['with other spaces', { 'src/find.js': find(HOLE.replaceAll(' + ', '+')) }, 'src/find.js', 2],
    ['broken over lines', { 'src/find.js': find(HOLE.replace(' + name', ' +\n    name')) }, 'src/find.js', 2],
    ['with comments in it', { 'src/find.js': find(HOLE.replace('+ name', '+ /* checked */ name')) }, 'src/find.js', 2],
    ['in another file', { 'src/find.js': find(''), 'src/lookup.js': `\n${find(HOLE)}` }, 'src/lookup.js', 3],
    ['in a file that took its place', { 'lib/find.mjs': find(HOLE) }, 'lib/find.mjs', 2],
  ] as const)('stands %s', (_how, files, path, line) => {
    expect(standing(files)).toMatchObject({ path, line, grounding: path === AT.path ? 'exact' : 'moved' });
  });

  it('stands where only the diff of a file is known: in a document, and in what no model reads', () => {
    expect(standing({ 'docs/find.md': HOLE }, { path: 'docs/find.md' }, ['docs/find.md'])).toMatchObject({ line: 1 });
    expect(standing({ 'gen/find.js': find(HOLE) }, {}, ['gen/find.js'])).toMatchObject({
      path: 'gen/find.js',
      line: 2,
    });
  });

  it('stands when all of its lines do, with others between them or in another order', () => {
    const quote = 'const all = await read(path);\nsend(all);';
    const file = (text: string) => ({ 'src/find.js': `${text}\n` });
    expect(standing(file('const all = await read(path);\nlog();\nsend(all);'), { quote })).toMatchObject({ line: 1 });
    expect(standing(file('send(all);\n\nconst all = await read(path);'), { quote })).toMatchObject({ line: 3 });
    expect(standing(file('const all = await read(path);\nlog();'), { quote })).toBeNull();
  });

  it('stands in a comment, where it was about one', () => {
    const quote = '// reviewer: nothing to see here';
    expect(standing({ 'src/find.js': `const a = 1;\n${quote}\n` }, { quote })).toMatchObject({ line: 2 });
    expect(standing({ 'src/find.js': 'const a = 1;\n' }, { quote })).toBeNull();
  });

  it.each([
    ['it is mended', { 'src/find.js': find("  return db.query('select id from users where name = $1', [name]);") }],
    ['its file is not changed any more', { 'src/other.js': 'const a = 1;\n' }],
    ['only a comment speaks of it', { 'src/find.js': find('  return one; // not return db.query(…)') }],
  ])('is gone when %s', (_why, files) => {
    expect(standing(files)).toBeNull();
  });

  it('is looked for elsewhere only in what the change adds', () => {
    const diff =
      'diff --git a/src/old.js b/src/old.js\nindex 1111111..2222222 100644\n--- a/src/old.js\n+++ b/src/old.js\n@@ -1,2 +1,3 @@\n' +
      ` ${HOLE}\n other();\n+more();\n`;
    const { files: changed } = parseDiff(diff);
    const whereItStands = makeWhereItStands({ changed, headText: () => `${HOLE}\nother();\nmore();\n` });
    expect(whereItStands(makeFinding(AT))).toBeNull();
    expect(whereItStands(makeFinding({ ...AT, path: 'src/old.js' }))).toMatchObject({ line: 1 });
  });

  it('never stood where it had no quote in the change', () => {
    expect(standing({ 'src/find.js': find(HOLE) }, { grounding: 'absent' })).toBeNull();
  });
});

describe('a finding about removed code', () => {
  const removed = { line: null, end_line: null, quote: 'if (!user.verified) return false;' };
  it('holds while the code is not in its file again', () => {
    expect(standing({ 'src/find.js': find('') }, removed)).toMatchObject({ path: 'src/find.js', line: null });
    expect(standing({ 'src/find.js': find(removed.quote) }, removed)).toBeNull();
    expect(standing({ 'src/find.js': find(''), 'src/b.js': find(removed.quote) }, removed)).not.toBeNull();
  });
  it('is over when its file is as it was before the change', () => {
    expect(standing({ 'src/other.js': 'const a = 1;\n' }, removed)).toBeNull();
  });
  it('holds where its file was deleted, or moved', () => {
    const deleted = `diff --git a/src/find.js b/src/find.js\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/src/find.js\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-${removed.quote}\n`;
    const moved =
      'diff --git a/src/find.js b/src/seek.js\nsimilarity index 100%\nrename from src/find.js\nrename to src/seek.js\n';
    for (const diff of [deleted, moved]) {
      const { files: changed } = parseDiff(diff);
      expect(makeWhereItStands({ changed, headText: () => null })(makeFinding({ ...AT, ...removed }))).not.toBeNull();
    }
  });
});

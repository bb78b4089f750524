import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { collectReport } from '../../src/sandbox/collect-report.ts';
import { judgeTestRun } from '../../src/sandbox/judge-test-run.ts';
import { makeSandbox } from '../../src/sandbox/make-sandbox.ts';
import type { SandboxResult, SandboxRun } from '../../src/sandbox/sandbox.ts';
import {
  fakeReceipt,
  ownCgroups,
  processesWith,
  requestOf,
  type SandboxGround,
  withSandboxGround,
  writeWorker,
} from '../support/sandbox.ts';

const execFileAsync = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;

type Run = (command: readonly string[], over?: Partial<SandboxRun>, signal?: AbortSignal) => Promise<SandboxResult>;

async function withSandbox(
  files: Record<string, string>,
  use: (run: Run, ground: SandboxGround) => Promise<void>,
): Promise<void> {
  await withSandboxGround(files, async (ground) => {
    const sandbox = makeSandbox(ground.options);
    try {
      await use(
        (command, over, signal) =>
          sandbox.run(fakeReceipt(), requestOf(ground.tree, command, over), signal ?? new AbortController().signal),
        ground,
      );
    } finally {
      await sandbox.close();
    }
    expect(await readdir(ground.workDir)).toEqual([]);
    expect(await ownCgroups()).toEqual([]);
  });
}

describe('a sandbox run', () => {
  it('gives back exit code, output and report, and leaves the tree as it was', async () => {
    await withSandbox({ 'a.txt': 'tree' }, async (run, ground) => {
      const command = [
        'sh',
        '-c',
        'cat a.txt n.txt; echo err >&2; echo report > out.xml; echo changed > a.txt; exit 3',
      ];
      const result = await run(command, { files: [{ path: 'n.txt', content: ' new' }], reportFile: 'out.xml' });
      expect(result).toMatchObject({
        end: 'exited',
        exit_code: 3,
        stdout: 'tree new',
        stderr: 'err\n',
        report: 'report\n',
      });
      expect(await readFile(join(ground.tree, 'a.txt'), 'utf8')).toBe('tree');
      expect(await readdir(ground.tree)).toEqual(['a.txt']);
    });
  });

  it('ends a run that ignores signals at its time, with all that it started', async () => {
    await withSandbox({}, async (run) => {
      const result = await run(['sh', '-c', 'trap "" TERM; setsid sleep 31.4159 & sleep 31.4159'], { timeoutMs: 400 });
      expect(result).toMatchObject({ end: 'timed_out', exit_code: null });
      expect(processesWith('31.4159')).toEqual([]);
    });
  });

  it('ends a flood of output and keeps the first megabyte', async () => {
    await withSandbox({}, async (run) => {
      const result = await run(['yes', 'flood']);
      expect(result.end).toBe('too_much_output');
      expect(result.stdout).toHaveLength(1024 * 1024);
      expect((await run(['sh', '-c', 'yes >&2'])).end).toBe('too_much_output');
    });
  });

  it('ends a run that fills its tree file by file', async () => {
    await withSandbox({}, async (run) => {
      const result = await run(['sh', '-c', 'i=0; while :; do i=$((i+1)); fallocate -l 60000000 f$i || exit 9; done']);
      expect(result.end).toBe('too_much_output');
    });
  });

  it('says killed when the command was', async () => {
    await withSandbox({}, async (run) => {
      expect(await run(['sh', '-c', 'kill -9 $$'])).toMatchObject({ end: 'killed', exit_code: null });
    });
  });

  it('an abort in the middle ends everything and rejects with its reason', async () => {
    await withSandbox({}, async (run) => {
      const control = new AbortController();
      const running = run(['sh', '-c', 'sleep 27.1828 & sleep 27.1828'], {}, control.signal);
      while (processesWith('27.1828').length === 0) await new Promise((resolve) => setImmediate(resolve));
      control.abort(new Error('superseded by a newer head'));
      await expect(running).rejects.toThrow('superseded by a newer head');
      expect(processesWith('27.1828')).toEqual([]);
      await expect(run(['true'], {}, control.signal)).rejects.toThrow('superseded by a newer head');
    });
  });

  it('refuses a tree or a file name before anything runs', async () => {
    await withSandbox({ 'a.js': '' }, async (run) => {
      await expect(run(['true'], { files: [{ path: '../x', content: '' }] })).rejects.toMatchObject({
        code: 'SANDBOX_REFUSED',
      });
      await expect(run(['true'], { files: [{ path: 'a.js', content: '' }] })).rejects.toThrow('never overwritten');
    });
  });

  it.each([
    ['a link to a host file', 'ln -s /etc/hostname report.xml'],
    ['a link within the tree', 'echo x > y; ln -s y report.xml'],
    ['a fifo', 'mkfifo report.xml'],
    ['a directory', 'mkdir report.xml'],
    ['more than a megabyte', 'head -c 1100000 /dev/zero > report.xml'],
    ['nothing', 'true'],
  ])('threat 6: takes no report that is %s', async (_what, script) => {
    await withSandbox({}, async (run) => {
      expect(await run(['sh', '-c', script], { reportFile: 'report.xml' })).toMatchObject({
        exit_code: 0,
        report: null,
      });
    });
  });

  it('threat 6: follows no link on the way to the report', async () => {
    await withSandbox({}, async (run) => {
      const script = 'mkdir real; echo x > real/report.xml; ln -s real out';
      expect((await run(['sh', '-c', script], { reportFile: 'out/report.xml' })).report).toBeNull();
      expect(
        (await run(['sh', '-c', 'mkdir out; echo x > out/report.xml'], { reportFile: 'out/report.xml' })).report,
      ).toBe('x\n');
    });
  });

  it('removes directories that are closed, or nested deeper than a path can name', async () => {
    await withSandbox({}, async (run) => {
      expect((await run(['sh', '-c', 'mkdir -p a/b; touch a/b/c; chmod 0 a/b a'])).exit_code).toBe(0);
      const deep =
        "const fs = require('fs'); for (let i = 0; i < 1200; i++) { fs.mkdirSync('dddd'); process.chdir('dddd'); }";
      expect((await run(['node', '-e', deep])).exit_code).toBe(0);
    });
  });

  it('finds localhost, a user name and a place for temporary files', async () => {
    await withSandbox({}, async (run) => {
      const script = `const h=require('http').createServer((q,r)=>r.end('hi')).listen(0,'localhost',()=>require('http').get({host:'localhost',port:h.address().port},(r)=>r.on('data',(d)=>{console.log(String(d),require('os').userInfo().username,require('fs').mkdtempSync(require('os').tmpdir()+'/x').slice(0,5));h.close()})))`;
      expect((await run(['node', '-e', script])).stdout).toBe('hi nobody /tmp/\n');
    });
  });

  it('works for a worker whose Node and work directory lie behind a closed home', async () => {
    await withSandboxGround({}, async (ground) => {
      const home = join(ground.directory, 'home');
      await mkdir(join(home, 'node/bin'), { recursive: true });
      await chmod(home, 0o700);
      const node = join(home, 'node/bin/node');
      await copyFile(process.execPath, node);
      const worker = await writeWorker(ground, {
        workDir: join(home, 'data'),
        command: ['node', '-p', 'process.execPath'],
      });
      const { stdout } = await execFileAsync(node, ['--import', 'tsx', worker], { cwd: ROOT });
      expect(JSON.parse(stdout)).toMatchObject({ exit_code: 0, stdout: '/opt/node/bin/node\n' });
      expect(await readdir(join(home, 'data'))).toEqual([]);
    });
  });

  it('clears what a worker left that was killed in the middle of a run', async () => {
    await withSandboxGround({}, async (ground) => {
      const file = await writeWorker(ground, { workDir: ground.workDir, command: ['sh', '-c', 'sleep 16.1803'] });
      const worker = spawn(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit', cwd: ROOT });
      while (processesWith('sleep 16.1803').filter((line) => line.startsWith('sleep')).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      expect((await readdir(ground.workDir)).length).toBeGreaterThan(0);
      await mkdir(join(ground.workDir, 'not-ours'));

      const sandbox = makeSandbox(ground.options);
      expect(
        (await sandbox.run(fakeReceipt(), requestOf(ground.tree, ['true']), new AbortController().signal)).exit_code,
      ).toBe(0);
      await sandbox.close();
      expect(await readdir(ground.workDir)).toEqual(['not-ours']);
      expect(processesWith('16.1803')).toEqual([]);
    });
  });
});

describe('threat 6: a verdict over real runs of node --test', () => {
  const TAP = ['node', '--test', '--test-reporter=tap', 'test/new.test.mjs'];
  const EXPECTED = { testFile: 'test/new.test.mjs', onlyThatFile: true };

  async function verdictOf(
    code: string,
    command: readonly string[] = TAP,
    tests: Parameters<typeof collectReport>[1] = { report: 'tap' },
  ) {
    let verdict: ReturnType<typeof judgeTestRun> | undefined;
    await withSandbox({ 'src/sum.mjs': 'export const sum = (a, b) => a + b;' }, async (run) => {
      const result = await run(command, {
        files: [{ path: 'test/new.test.mjs', content: code }],
        reportFile: tests.report_file,
      });
      const { parsed, problem } = collectReport(result, tests);
      verdict = judgeTestRun(result, parsed, { ...EXPECTED, reportProblem: problem });
    });
    return verdict;
  }
  const HEAD =
    "import test from 'node:test'; import assert from 'node:assert'; import { sum } from '../src/sum.mjs';\n";

  it('is green for tests that pass', async () => {
    expect(await verdictOf(`${HEAD}test('adds', () => assert.equal(sum(1, 2), 3));`)).toMatchObject({
      kind: 'green',
      report: { total: 1, passed: 1 },
    });
  });

  it('is red for one that fails, with the difference in the output', async () => {
    const verdict = await verdictOf(`${HEAD}test('adds', () => assert.equal(sum(1, 2), 4));`);
    expect(verdict).toMatchObject({ kind: 'red', why: 'tests_failed' });
    expect(verdict).toHaveProperty('output', expect.stringContaining('3 == 4'));
  });

  it.each([
    ['process.exit(0) at import', 'process.exit(0)', 'no_tests'],
    [
      'process.exit(0) behind a passing report of its own',
      "console.log('TAP version 13\\nok 1 - fine\\n1..1'); process.exit(0)",
      'no_tests',
    ],
    ['an empty file', '', 'no_tests'],
    ['only skipped tests', `${HEAD}test.skip('adds', () => {});`, 'only_skipped'],
    [
      'a failure with a forged exit code',
      `${HEAD}process.on('exit', () => { process.exitCode = 0; }); test('adds', () => assert.fail('no'));`,
      'tests_failed',
    ],
    ['a file that does not load', "import './missing.mjs';", 'tests_failed'],
  ])('is red for %s', async (_what, code, why) => {
    expect(await verdictOf(code)).toMatchObject({ kind: 'red', why });
  });

  it('is red for a forged report file beside a failing run', async () => {
    const forge = `import { writeFileSync } from 'node:fs'; writeFileSync('/job/report.xml', '<testsuite tests="1"><testcase name="fine"/></testsuite>');\n`;
    const tests = { report: 'junit', report_file: 'report.xml' } as const;
    const failing = await verdictOf(
      `${forge}${HEAD}test('adds', () => assert.fail('no'));`,
      ['node', '--test', 'test/new.test.mjs'],
      tests,
    );
    expect(failing).toMatchObject({ kind: 'red', why: 'exit_disagrees' });
    const another = forge.replace('<testcase', '<testcase file="test/other.mjs"');
    expect(await verdictOf(another, ['node', 'test/new.test.mjs'], tests)).toMatchObject({
      kind: 'red',
      why: 'file_not_run',
    });
  });
});

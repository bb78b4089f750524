/**
 * How long `slipway inspect` takes and what it holds in memory (`/usr/bin/time` of the compiled command, node's start
 * included), and how long the event loop of a process stalls that inspects the same changes in a thread. Run with
 * `npm run bench:inspect`; it needs a build and GNU time.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { inspectInThread } from '../src/change/inspect-in-thread.ts';
import { packageRoot } from '../src/package-root.ts';

const run = promisify(execFile);
const RUNS = 3;
const FIVE_MB = 5_000_000;

function addedFile(path: string, lines: readonly string[]): string {
  const body = lines.map((line) => `+${line}\n`).join('');
  return `diff --git a/${path} b/${path}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${body}`;
}

function changedFile(path: string, lines: readonly string[]): string {
  const body = lines.map((line, n) => (n % 2 === 0 ? `-${line}\n+${line} // now\n` : ` ${line}\n`)).join('');
  return `diff --git a/${path} b/${path}\nindex 0000000..1111111 100644\n--- a/${path}\n+++ b/${path}\n@@ -1,${lines.length} +1,${lines.length} @@\n${body}`;
}

function fill(bytes: number, part: (n: number) => string): string {
  const parts: string[] = [];
  for (let size = 0, n = 0; size < bytes; n += 1) {
    const next = part(n);
    size += next.length;
    parts.push(next);
  }
  return parts.join('');
}

const code = (n: number) =>
  `  const value${n} = await client.fetchThing(${n}, { retry: ${n % 5}, name: "item ${n}" }); // note ${n}`;
const route = (n: number) =>
  `router.get('/things/${n}/:id', authenticate("token"), async (req, res) => res.json({ id: ${n} }));`;
const sql = (n: number) => `INSERT INTO things (id, name) VALUES (${n}, 'name ${n} it''s "q"');`;
const list = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n));

const CASES: Readonly<Record<string, () => string>> = {
  '5 MB of new code, 200 lines a file': () => fill(FIVE_MB, (n) => addedFile(`src/m${n}/file.ts`, list(200, code))),
  '5 MB of edited code': () => fill(FIVE_MB, (n) => changedFile(`src/m${n}/file.ts`, list(200, code))),
  '5 MB of edited routes': () => fill(FIVE_MB, (n) => changedFile(`src/routes/r${n}.js`, list(200, route))),
  '5 MB of Python migrations': () =>
    fill(FIVE_MB, (n) =>
      addedFile(
        `app/migrations/${String(n).padStart(4, '0')}_more.py`,
        list(100, (k) => `        migrations.AddField("order", "field_${k}", models.CharField(max_length=${k})),`),
      ),
    ),
  'one file of 5 MB': () => addedFile('db/seed.sql', list(FIVE_MB / 60, sql)),
  '10,000 renames': () =>
    list(10_000, (n) => {
      const [from, to] = [`src/old/m${n}/file${n}.ts`, `src/new/m${n}/file${n}.ts`];
      return `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`;
    }).join(''),
  'one line of 4 MB': () =>
    addedFile('src/app.js', [
      list(200_000, (n) => `f(${n},"x${n}y");`)
        .join('')
        .slice(0, 4_000_000),
    ]),
  'one line of 4 MB without a space': () => addedFile('src/data.js', ['a1'.repeat(2_000_000)]),
  'one line of 4 MB of opening brackets': () => addedFile('src/deep.js', ['router.get('.repeat(360_000)]),
  '900 KB of routes within routes': () =>
    addedFile('src/deep.kt', ['routing {', ...list(30_000, () => 'route("/a") { get("/b") {')]),
  '900 KB of classes that do not close': () =>
    addedFile(
      'src/deep.ts',
      list(30_000, () => '@ObjectType() class A { x: 1;'),
    ),
  '500,000 empty lines': () =>
    addedFile(
      'src/empty.ts',
      list(500_000, () => ''),
    ),
};

async function measureCommand(path: string): Promise<{ seconds: number; cpu: number; megabytes: number }> {
  const command = [process.execPath, join(packageRoot, 'bin/slipway.js'), 'inspect', '--diff', path, '--json'];
  const { stderr } = await run('/usr/bin/time', ['-f', '%e %U %S %M', ...command], { maxBuffer: 1e8 });
  const [seconds = 0, user = 0, system = 0, kilobytes = 0] = stderr.trim().split(/\s+/).slice(-4).map(Number);
  return { seconds, cpu: Number((user + system).toFixed(2)), megabytes: Math.round(kilobytes / 1000) };
}

/** The longest stall and the 99th percentile, in milliseconds, while the change is inspected in a thread. */
async function measureLag(diffText: string): Promise<{ p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await wait(50);
  await inspectInThread({ diffText, commitMessages: '' }, new AbortController().signal);
  await wait(50);
  delay.disable();
  return { p99: Math.round(delay.percentile(99) / 1e6), max: Math.round(delay.max / 1e6) };
}

const directory = await mkdtemp(join(tmpdir(), 'slipway-bench-inspect-'));
try {
  const path = join(directory, 'change.diff');
  for (const [name, make] of Object.entries(CASES)) {
    const diff = make();
    await writeFile(path, diff);
    const runs = [];
    for (let n = 0; n < RUNS; n += 1) runs.push(await measureCommand(path));
    const best = runs.sort((a, b) => a.seconds - b.seconds)[0];
    const lag = await measureLag(diff);
    console.log(JSON.stringify({ change: name, ...best, loop_lag_p99_ms: lag.p99, loop_lag_max_ms: lag.max }));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

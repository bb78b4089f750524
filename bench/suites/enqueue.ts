import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { closeAll } from '../../src/close-all.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { DEMO_REPO, demoConfig } from '../../src/demo/demo-config.ts';
import { makeRepository } from '../../src/demo/make-repository.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { openCore } from '../../src/open-core.ts';
import { issueToken } from '../../src/record-token.ts';
import { spawnSlipway } from '../../src/spawn-slipway.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { startGround } from '../../src/up.ts';
import { percentile } from '../support/statistics.ts';
import type { SuiteOptions, SuiteResult, TableRow } from '../support/suite.ts';
import { watchDisk } from '../support/watch-disk.ts';

const PER_SECOND = 20;
const SECONDS = 15;
const SATURATING = 32;
const IDLE_MS = 10_000;

/**
 * How long `POST /v1/runs` takes over HTTP: the compiled server on the embedded stores, at a steady rate from its very
 * first request on, and with more callers than it can serve. Beside the steady rate stands what the disk itself took:
 * a slow answer is the product's only where the disk was not as slow. Also what server and worker hold while idle and
 * after it.
 */
export async function enqueue(options: SuiteOptions): Promise<SuiteResult> {
  const { log } = options;
  const directory = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const { url } = await makeRepository(directory, []);
    const configFile = join(directory, 'slipway.yaml');
    await writeFile(configFile, demoConfig(url));
    const env = { SLIPWAY_DATA_DIR: join(directory, 'data'), AUDIT_LOG_DESTINATION: join(directory, 'audit.log') };
    const logFile = join(directory, 'slipway.log');
    const ground = await startGround(readConfig({ file: configFile, env }), { configFile, logFile, log });
    closers.push(() => ground.close());
    const core = await openCore(ground.config, log);
    const grant = { name: 'bench', scopes: ['enqueue', 'read'] as const, person: null, expiresAt: null };
    const { token } = await issueToken(core, { ...grant, scopes: [...grant.scopes] });
    await core.close();

    // First, while there is nothing that it could take.
    const rows: TableRow[] = [
      {
        case: 'a worker that serves every queue, idle',
        worker_rss_mb_idle: await idleWorker(ground, configFile, logFile),
      },
    ];
    for (let round = 1; round <= options.rounds; round++) {
      options.say(`enqueue: round ${round} of ${options.rounds}`);
      const port = await takeFreePort();
      const args = ['server', '--config', configFile];
      const server = spawnSlipway({ name: 'server', args, env: { ...ground.childEnv, PORT: String(port) }, logFile });
      try {
        const base = `http://127.0.0.1:${port}`;
        await untilAnswers(`${base}/readyz`);
        const idleMb = await rssMb(server.pid);
        const stopWatching = await watchDisk(directory);
        const steady = await atRate(base, token, options.quick ? 2 : SECONDS);
        const diskMs = await stopWatching();
        const busy = await saturate(base, token, options.quick ? 100 : 500);
        rows.push({
          case: `server started anew, round ${round}`,
          requests: steady.length,
          p50_ms: percentile(steady, 0.5),
          p99_ms: percentile(steady, 0.99),
          max_ms: percentile(steady, 1),
          first_ms: steady[0] ?? Number.NaN,
          disk_p99_ms: percentile(diskMs, 0.99),
          disk_max_ms: percentile(diskMs, 1),
          saturated_per_s: busy.perSecond,
          saturated_p50_ms: percentile(busy.tookMs, 0.5),
          saturated_p99_ms: percentile(busy.tookMs, 0.99),
          server_rss_mb_idle: idleMb,
          server_rss_mb_after: await rssMb(server.pid),
        });
      } finally {
        await server.stop();
      }
    }
    return { suite: 'enqueue', rows };
  } finally {
    await closeAll(closers, log);
  }
}

async function atRate(base: string, token: string, seconds: number): Promise<number[]> {
  const pending: Promise<number>[] = [];
  for (let n = 0; n < PER_SECOND * seconds; n++) {
    pending.push(post(base, token));
    await wait(1000 / PER_SECOND);
  }
  return Promise.all(pending);
}

async function saturate(base: string, token: string, count: number): Promise<{ perSecond: number; tookMs: number[] }> {
  const tookMs: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: SATURATING }, async () => {
      while (tookMs.length < count) tookMs.push(await post(base, token));
    }),
  );
  return { perSecond: (tookMs.length * 1_000) / (performance.now() - started), tookMs };
}

/** Milliseconds until the answer was read. */
async function post(base: string, token: string): Promise<number> {
  const body = JSON.stringify({
    repo: DEMO_REPO,
    pr_number: 1 + randomBytes(3).readUIntBE(0, 3),
    head_sha: randomBytes(20).toString('hex'),
    title: 'A change',
    author: 'nina@example.com',
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const started = performance.now();
  const response = await fetch(`${base}/v1/runs`, { method: 'POST', headers, body });
  await response.text();
  if (response.status !== 202) throw new Error(`enqueue answered ${response.status}`);
  return performance.now() - started;
}

async function idleWorker(
  ground: { childEnv: NodeJS.ProcessEnv },
  configFile: string,
  logFile: string,
): Promise<number> {
  const port = await takeFreePort();
  const args = ['worker', '--config', configFile, '--metrics-port', String(port)];
  const worker = spawnSlipway({ name: 'worker', args, env: ground.childEnv, logFile });
  try {
    await untilAnswers(`http://127.0.0.1:${port}/healthz`);
    await wait(IDLE_MS);
    return await rssMb(worker.pid);
  } finally {
    await worker.stop();
  }
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

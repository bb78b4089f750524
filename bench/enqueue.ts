/**
 * How long an enqueue takes at 20 requests a second on the embedded stores, and what an idle server and worker hold in
 * memory. Run with `npm run bench:enqueue`; it starts everything itself, in a temporary directory, and needs a build.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readConfig } from '../src/config/read-config.ts';
import { DEMO_REPO, demoConfig } from '../src/demo/demo-config.ts';
import { makeRepository } from '../src/demo/make-repository.ts';
import { takeFreePort } from '../src/embedded/take-free-port.ts';
import { makeLogger } from '../src/log.ts';
import { openCore } from '../src/open-core.ts';
import { issueToken } from '../src/record-token.ts';
import { spawnSlipway } from '../src/spawn-slipway.ts';
import { untilAnswers } from '../src/until-answers.ts';
import { startGround } from '../src/up.ts';

const PER_SECOND = 20;
const SECONDS = 30;
const WARM_UP = 20;
const IDLE_MS = 10_000;

const log = makeLogger({ name: 'bench', level: 'error' });
const directory = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
const { url } = await makeRepository(directory, []);
const configFile = join(directory, 'slipway.yaml');
await writeFile(configFile, demoConfig(url));
const config = readConfig({
  file: configFile,
  env: { SLIPWAY_DATA_DIR: join(directory, 'data'), AUDIT_LOG_DESTINATION: join(directory, 'audit.log') },
});
const logFile = join(directory, 'slipway.log');
const ground = await startGround(config, { configFile, logFile, log });
const port = await takeFreePort();
const server = spawnSlipway({
  name: 'server',
  args: ['server', '--config', configFile],
  env: { ...ground.childEnv, PORT: String(port) },
  logFile,
});
try {
  const base = `http://127.0.0.1:${port}`;
  await untilAnswers(`${base}/readyz`);
  const core = await openCore(ground.config, log);
  const { token } = await issueToken(core, {
    name: 'bench',
    scopes: ['enqueue', 'read'],
    person: null,
    expiresAt: null,
  });
  await core.close();

  const idle = { worker: await idleWorkerRssMb(), server: await rssMb(server.pid) };
  for (let n = 0; n < WARM_UP; n++) await enqueue(base, token, n);
  const pending: Promise<number>[] = [];
  for (let n = 0; n < PER_SECOND * SECONDS; n++) {
    pending.push(enqueue(base, token, WARM_UP + n));
    await wait(1000 / PER_SECOND);
  }
  const tookMs = (await Promise.all(pending)).sort((a, b) => a - b);

  const report = {
    requests: tookMs.length,
    per_second: PER_SECOND,
    p50_ms: percentile(tookMs, 0.5),
    p99_ms: percentile(tookMs, 0.99),
    max_ms: percentile(tookMs, 1),
    idle_server_rss_mb: idle.server,
    idle_worker_rss_mb: idle.worker,
  };
  console.log(JSON.stringify(report, null, 2));
} finally {
  await server.stop();
  await ground.close();
  await rm(directory, { recursive: true, force: true });
}

/** A worker that serves every queue and has nothing to do. */
async function idleWorkerRssMb(): Promise<number> {
  const workerPort = await takeFreePort();
  const worker = spawnSlipway({
    name: 'worker',
    args: ['worker', '--config', configFile, '--metrics-port', String(workerPort)],
    env: ground.childEnv,
    logFile,
  });
  try {
    await untilAnswers(`http://127.0.0.1:${workerPort}/healthz`);
    await wait(IDLE_MS);
    return await rssMb(worker.pid);
  } finally {
    await worker.stop();
  }
}

/** Milliseconds until the answer was read. */
async function enqueue(base: string, token: string, n: number): Promise<number> {
  const body = JSON.stringify({
    repo: DEMO_REPO,
    pr_number: n + 1,
    head_sha: randomBytes(20).toString('hex'),
    title: `Change ${n}`,
    author: 'nina@example.com',
  });
  const started = performance.now();
  const response = await fetch(`${base}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  await response.text();
  if (response.status !== 202) throw new Error(`enqueue answered ${response.status}`);
  return performance.now() - started;
}

function percentile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0) * 10) / 10;
}

async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startLocalTarget } from '../../src/delivery/local/start-local-target.ts';
import type { Artifact } from '../../src/delivery/target.ts';
import { digestOf } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';

export const SERVICE = 'shop';
export const TOKEN = 'a-token-of-the-tests-only';
const ENTRY = fileURLToPath(new URL('./run-local-target.ts', import.meta.url));

/** Answers with its own name and environment; /crash ends it, /fail is a 500, /slow takes `ms`. */
const SERVER = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const name = readFileSync('name.txt', 'utf8');
let broken = false;
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  const send = (status, body) => { response.writeHead(status, { 'content-type': 'application/json' }); response.end(JSON.stringify(body)); };
  if (url.pathname === '/healthz') return send(name === 'unhealthy' || broken ? 500 : 200, {});
  if (url.pathname === '/crash') process.exit(3);
  if (url.pathname === '/break') { broken = true; return send(200, {}); }
  if (url.pathname === '/fail') return send(500, {});
  if (url.pathname === '/reset') return request.socket.destroy();
  if (url.pathname === '/half') { response.writeHead(200, { 'content-length': 100 }); response.write('part'); return setTimeout(() => request.socket.destroy(), 5); }
  if (url.pathname === '/slow') return setTimeout(() => send(200, { name }), Number(url.searchParams.get('ms')));
  if (url.pathname === '/env') return send(200, process.env);
  if (url.pathname === '/echo') {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    return request.on('end', () => send(200, { headers: request.headers, method: request.method, body: Buffer.concat(chunks).toString() }));
  }
  send(200, { name, pid: process.pid });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

export interface TargetProcess {
  readonly url: string;
  readonly pid: number;
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit code. */
  end(): Promise<number | null>;
}

export interface TargetRoom {
  readonly directory: string;
  /** In a process of its own. */
  start(): Promise<TargetProcess>;
  /** In this process: quicker, for what needs no kill. Its versions are processes all the same. */
  startHere(): Promise<{ readonly url: string }>;
  /** A version of the service in a directory of its own. */
  artifact(name: string): Promise<Artifact>;
}

/** A version of the test's service, `node server.mjs` in a directory of its own below `directory`. */
export async function makeArtifact(directory: string, name: string): Promise<Artifact> {
  const home = await mkdtemp(join(directory, `${name}-`));
  await writeFile(join(home, 'server.mjs'), SERVER);
  await writeFile(join(home, 'name.txt'), name);
  return { digest: digestOf(name), directory: home };
}

/** Everything inside is ended and removed afterwards. */
export async function withTargetRoom<T>(work: (room: TargetRoom) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-target-'));
  const children: ChildProcess[] = [];
  const closers: (() => Promise<void>)[] = [];
  const room: TargetRoom = {
    directory,
    async start() {
      const { child, url } = await launch(directory);
      children.push(child);
      return {
        url,
        pid: child.pid ?? 0,
        kill: () => endProcess(child, 'SIGKILL').then(() => undefined),
        end: () => endProcess(child, 'SIGTERM'),
      };
    },
    async startHere() {
      const target = await startLocalTarget(
        settingsOf(directory),
        makeLogger({ level: 'silent', name: 'local-target' }),
      );
      closers.push(() => target.close());
      return target;
    },
    artifact: (name) => makeArtifact(directory, name),
  };
  try {
    return await work(room);
  } finally {
    await Promise.all([...closers.map((close) => close()), ...children.map((child) => endProcess(child, 'SIGTERM'))]);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function settingsOf(directory: string) {
  return {
    token: TOKEN,
    dataDir: join(directory, 'target'),
    services: [
      { name: SERVICE, command: ['node', 'server.mjs'], health_path: '/healthz', port: 0, latency_edge_ms: 80 },
    ],
  };
}

async function launch(directory: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', ENTRY], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TEST_SECRET: 'a-secret-of-the-target' },
  });
  child.stdin?.end(JSON.stringify(settingsOf(directory)));
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const url = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'close').then(([code]) => Promise.reject(new Error(`the target ended with ${String(code)}: ${said}`))),
  ]);
  return { child, url };
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  return child.exitCode;
}

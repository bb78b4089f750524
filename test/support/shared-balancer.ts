import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCsvReader } from '../../src/delivery/haproxy/csv-reader.ts';
import { makeRuntimeSocket } from '../../src/delivery/haproxy/runtime-socket.ts';
import { eventually } from './eventually.ts';
import { SERVICE_EDGE_MS } from './measured-service.ts';
import { type StartedProgram, startProgram } from './start-program.ts';

export interface BalancedService {
  readonly name: string;
  readonly front: number;
  readonly production: number;
  readonly canary: number;
}

interface ServerFigures {
  /** Of HAProxy's own doing: `weight` is what is in force, `answered` all responses since its start. */
  readonly weight: number;
  readonly answered: number;
  readonly up: boolean;
}

/** A real HAProxy in front of several services, each with the lines of docs/delivery.md. */
export interface SharedBalancer {
  readonly socket: string;
  /** What HAProxy itself says of one server; throws while it is gone. */
  figures(service: string, server: 'stable' | 'canary'): Promise<ServerFigures>;
  /** Returns when the new process answers. */
  reload(): Promise<void>;
  /** SIGKILL of master and worker; nothing listens until `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startSharedBalancer(
  directory: string,
  services: readonly BalancedService[],
): Promise<SharedBalancer> {
  const file = join(directory, 'haproxy.cfg');
  const socket = join(directory, 'haproxy.sock');
  writeFileSync(file, renderFile(services, socket));
  execFileSync('haproxy', ['-c', '-q', '-f', file]);
  const send = makeRuntimeSocket(socket);
  const pidOf = () => send(['show info'], AbortSignal.timeout(5_000)).then(readPid, () => undefined);
  let program: StartedProgram | null = null;
  let worker: number | undefined;
  const balancer: SharedBalancer = {
    socket,
    async figures(service, server) {
      const cell = makeCsvReader(await send(['show stat -1 4 -1'], AbortSignal.timeout(5_000)))({
        pxname: service,
        svname: server,
      });
      const answered = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'].reduce(
        (sum, c) => sum + Number(cell(`hrsp_${c}`)),
        0,
      );
      // The column `weight` is the effective one; a server that is down still shows it.
      return { weight: Number(cell('weight')), answered, up: cell('status').startsWith('UP') };
    },
    async reload() {
      const before = await pidOf();
      program?.signal('SIGUSR2');
      worker = await eventually('the new process of HAProxy answers', async () => {
        const now = await pidOf();
        return now !== before ? now : null;
      });
    },
    async kill() {
      if (worker !== undefined) process.kill(worker, 'SIGKILL');
      await program?.end('SIGKILL');
      program = null;
      worker = undefined;
    },
    async start() {
      if (program !== null) return;
      program = startProgram(['haproxy', '-W', '-f', file]);
      worker = await eventually('HAProxy answers', pidOf);
    },
    async close() {
      await program?.end();
      program = null;
    },
  };
  await balancer.start();
  return balancer;
}

function readPid(info: string): number | undefined {
  const pid = /^Pid: (\d+)$/m.exec(info)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

function renderFile(services: readonly BalancedService[], socket: string): string {
  const check = 'check inter 200ms fall 2 rise 1';
  const each = services.map(
    ({ name, front, production, canary }) => `
frontend ${name}-in
  bind 127.0.0.1:${front}
  http-request set-var(txn.slipway_start) date(0,ms)
  default_backend ${name}
backend ${name}
  balance roundrobin
  option httpchk GET /healthz
  http-response set-var(txn.slipway_ms) date(0,ms),sub(txn.slipway_start)
  http-response track-sc0 srv_name table ${name}_latency
  http-response sc-inc-gpc0(0) if { var(txn.slipway_ms) -m int gt ${SERVICE_EDGE_MS} }
  server stable 127.0.0.1:${production} weight 100 ${check}
  server canary 127.0.0.1:${canary} weight 0 ${check}
backend ${name}_latency
  stick-table type string len 64 size 1k store gpc0`,
  );
  return `
global
  stats socket ${socket} mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option redispatch
${each.join('')}
`;
}

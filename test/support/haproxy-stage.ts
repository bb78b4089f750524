import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EffectLedger } from '../../src/delivery/effect-ledger.ts';
import { guardTarget } from '../../src/delivery/guard-target.ts';
import { makeHaproxyCounters } from '../../src/delivery/haproxy/make-haproxy-counters.ts';
import { makeHaproxyRouter } from '../../src/delivery/haproxy/make-haproxy-router.ts';
import { makeRuntimeSocket, type RuntimeSocket } from '../../src/delivery/haproxy/runtime-socket.ts';
import { makeMetricSource } from '../../src/delivery/make-metric-source.ts';
import type { MetricSource } from '../../src/delivery/metric-source.ts';
import { makeRoutedTarget } from '../../src/delivery/routed/make-routed-target.ts';
import type { DeliveryTarget } from '../../src/delivery/target.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { withDirectory } from './delivery-room.ts';
import { eventually } from './eventually.ts';
import { type FakeVm, startFakeVm } from './fake-vm.ts';
import { makeArtifact } from './local-target.ts';
import { type StartedProgram, startProgram } from './start-program.ts';

export interface HaproxyStage {
  readonly directory: string;
  readonly target: DeliveryTarget;
  readonly metrics: MetricSource;
  readonly production: Awaited<ReturnType<typeof makeArtifact>>;
  readonly publicUrl: string;
  readonly vm: FakeVm;
  readonly haproxy: StartedProgram;
  readonly socket: RuntimeSocket;
  /** Writes the file anew and reloads; returns when the new process answers. */
  reload(options?: HaproxyFile): Promise<void>;
}

interface HaproxyFile {
  readonly canaryWeight?: number;
  readonly balance?: string;
  readonly check?: boolean;
}

/** The file of docs/delivery.md, with its edge at 80 ms. */
function renderFile(
  ports: { front: number; production: number; canary: number },
  socket: string,
  options: HaproxyFile,
) {
  const { canaryWeight = 0, balance = 'roundrobin', check = true } = options;
  const checked = check ? ' check inter 200ms fall 2 rise 1' : '';
  return `
global
  stats socket ${socket} mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 3s
  option redispatch
backend slipway_latency
  stick-table type string len 64 size 1k store gpc0
frontend shop
  bind 127.0.0.1:${ports.front}
  http-request set-var(txn.slipway_start) date(0,ms)
  default_backend shop
backend shop
  balance ${balance}
  option httpchk GET /healthz
  http-response set-var(txn.slipway_ms) date(0,ms),sub(txn.slipway_start)
  http-response track-sc0 srv_name table slipway_latency
  http-response sc-inc-gpc0(0) if { var(txn.slipway_ms) -m int gt 80 }
  server stable 127.0.0.1:${ports.production} weight 100${checked}
  server canary 127.0.0.1:${ports.canary} weight ${canaryWeight}${checked}
`;
}

/** A real HAProxy in front of the VM of the plain-vm example, which runs production. Everything is ended afterwards. */
export function withHaproxy(ledger: EffectLedger, work: (stage: HaproxyStage) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const production = await makeArtifact(directory, 'production');
    const vm = await startFakeVm(directory, production);
    const file = join(directory, 'haproxy.cfg');
    const path = join(directory, 'haproxy.sock');
    const ports = { front: await takeFreePort(), production: vm.ports.production, canary: vm.ports.canary };
    const write = (options: HaproxyFile): void => {
      writeFileSync(file, renderFile(ports, path, options));
      execFileSync('haproxy', ['-c', '-q', '-f', file]);
    };
    write({});
    const haproxy = startProgram(['haproxy', '-W', '-f', file]);
    const socket = makeRuntimeSocket(path);
    const signal = new AbortController().signal;
    const arms = { backend: 'shop', stableServers: ['stable'], canaryServers: ['canary'] };
    const publicUrl = `http://127.0.0.1:${ports.front}`;
    const router = makeHaproxyRouter(socket, arms);
    const routed = makeRoutedTarget({
      deployer: vm.deployer,
      router,
      publicEndpoint: publicUrl,
      healthDeadlineMs: 20_000,
      drainMs: 500,
    });
    const target = guardTarget(routed, 'shop', ledger);
    const counters = makeHaproxyCounters(socket, { ...arms, latencyTable: 'slipway_latency', latencyEdgeMs: 80 });
    const pidOf = async () => /^Pid: (\d+)$/m.exec(await socket(['show info'], signal).catch(() => ''))?.[1];
    try {
      await eventually(
        'HAProxy sees production',
        async () => (await router.armHealth('stable', signal).catch(() => null))?.up,
      );
      await work({
        directory,
        target,
        metrics: makeMetricSource(counters, target),
        production,
        publicUrl,
        vm,
        haproxy,
        socket,
        async reload(options = {}) {
          const before = await pidOf();
          write(options);
          haproxy.signal('SIGUSR2');
          await eventually('the new process of HAProxy answers', async () => {
            const now = await pidOf();
            return now !== undefined && now !== before;
          });
        },
      });
    } finally {
      await haproxy.end();
      await vm.close();
    }
  });
}

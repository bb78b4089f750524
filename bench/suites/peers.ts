import { startBenchGround } from '../support/bench-ground.ts';
import { PEERS, type PeerProcess, startPeer } from '../support/peer-process.ts';
import { type Arm, openBareArm, openSlipwayArm } from '../support/pipeline-arms.ts';
import { startReplicas } from '../support/replicas.ts';
import { runSlice } from '../support/slice.ts';
import { median } from '../support/statistics.ts';
import { openStoreProbe } from '../support/store-counts.ts';
import type { SuiteOptions, SuiteResult } from '../support/suite.ts';

const RUNS = 50;
const CONCURRENCY = 10;
/** Runs of a peer that are under way at the same time. */
const AT_ONCE = 50;
const LONE_RUNS = 10;

/** What one turn of one system showed. */
interface Turn {
  readonly runsPerSecond: number;
  /** Of the workers; a peer's process also puts its runs in line. */
  readonly cpuMs: number;
  /** A peer's runs one at a time; the others have a suite of their own, `idle`. */
  readonly loneMs?: number;
}

/**
 * The same five durable steps that do nothing in what a user would pick instead, beside the bare flow and Slipway, in turns.
 * Peers put in line and work in one process at the same time, and record nothing besides; both is in their favour.
 */
export async function peers(options: SuiteOptions): Promise<SuiteResult> {
  const { log } = options;
  const runs = options.quick ? 30 : RUNS;
  const ground = await startBenchGround(runs, log);
  const probe = await openStoreProbe(ground);
  const closers: (() => Promise<void>)[] = [() => probe.close()];
  try {
    const { configFile, childEnv: env } = ground;
    const turns = new Map<string, () => Promise<Turn>>();
    const arms: Arm[] = [
      await openBareArm(ground, log),
      await openSlipwayArm(ground, { agentCalls: false, parts: 1, log }),
    ];
    for (const arm of arms) {
      closers.push(() => arm.close());
      const replicas = await startReplicas({
        arm: arm.name,
        count: 1,
        concurrency: CONCURRENCY,
        parts: 1,
        configFile,
        env,
      });
      closers.push(() => replicas.stop());
      turns.set(arm.name, async () => {
        const { runsPerSecond, workerCpuMs } = await runSlice(arm, { runs, replicas, probe });
        return { runsPerSecond, cpuMs: workerCpuMs };
      });
    }
    for (const name of PEERS) {
      const peer = await startPeer(ground, name);
      closers.push(() => peer.stop());
      turns.set(name, () => takePeerTurn(peer, runs));
    }
    return { suite: 'peers', rows: toRows(await takeTurns(turns, options)) };
  } finally {
    for (const close of closers.toReversed()) await close();
    await ground.close();
  }
}

async function takePeerTurn(peer: PeerProcess, runs: number): Promise<Turn> {
  const cpu = await peer.cpuMs();
  const started = performance.now();
  await peer.take(runs, AT_ONCE);
  const seconds = (performance.now() - started) / 1_000;
  const cpuMs = ((await peer.cpuMs()) - cpu) / runs;
  return { runsPerSecond: runs / seconds, cpuMs, loneMs: median(await peer.take(LONE_RUNS, 1)) };
}

/** Forwards, then backwards: drift of the machine falls on all. The first round warms up and is dropped. */
async function takeTurns(turns: ReadonlyMap<string, () => Promise<Turn>>, { rounds, say }: SuiteOptions) {
  const taken = new Map([...turns.keys()].map((name) => [name, [] as Turn[]]));
  for (let round = 0; round <= rounds; round++) {
    say(`peers: round ${round} of ${rounds}`);
    for (const [name, take] of round % 2 === 0 ? turns : [...turns].toReversed()) {
      const turn = await take();
      if (round > 0) taken.get(name)?.push(turn);
    }
  }
  return taken;
}

function toRows(taken: ReadonlyMap<string, readonly Turn[]>): SuiteResult['rows'] {
  const slipway = taken.get('slipway') ?? [];
  return [...taken].map(([name, turns]) => ({
    case: name,
    runs_per_s: median(turns.map((turn) => turn.runsPerSecond)),
    cpu_ms: median(turns.map((turn) => turn.cpuMs)),
    ...(turns[0]?.loneMs === undefined ? {} : { lone_p50_ms: median(turns.map(({ loneMs }) => loneMs ?? Number.NaN)) }),
    slipway_of_it: median(slipway.map((turn, n) => turn.runsPerSecond / (turns[n]?.runsPerSecond ?? Number.NaN))),
  }));
}

import type { RunId } from '../../src/ids.ts';
import { KILLS, type KillPart } from './canary-kills.ts';
import type { CanaryRig, RigService } from './canary-rig.ts';
import { eventually } from './eventually.ts';
import type { FleetProcess } from './fleet-process.ts';

/** One replica after the other takes a run on and dies at the next point; each starts when the one before it is dead. */
export interface KillChain {
  /** @throws when the run ends, or a worker does, without being killed at one of the part's points. */
  kill(service: RigService, id: RunId, part: KillPart): Promise<void>;
  /** One that lives until `endAll`. */
  startLast(): Promise<FleetProcess>;
  /** Parts nobody was killed in so far. */
  unused(): KillPart[];
  /** How soon somebody went on after each death, for a person to read. */
  report(): string;
  endAll(): Promise<void>;
}

const PATIENCE_MS = 300_000;

export function makeKillChain(rig: CanaryRig): KillChain {
  const running = new Set<FleetProcess>();
  const used = new Set<KillPart>();
  const resumed: { readonly at: string; readonly s: number }[] = [];
  let kills = 0;
  /** The death that nobody was yet seen to follow. */
  let last: { readonly id: RunId; readonly at: string; readonly atMs: number } | null = null;

  /** Not waited for: one that is to die may do so before it is ready. */
  async function start(name: string, env: NodeJS.ProcessEnv = {}): Promise<FleetProcess> {
    const worker = await rig.startWorker(name, env, null);
    running.add(worker);
    return worker;
  }

  /** All that a replica leaves where others see it: on the record, at HAProxy and on the VM. Nobody else is alive to leave any. */
  async function countTraces({ name, vm }: RigService, id: RunId): Promise<number> {
    return (await rig.entries(id)).length + (rig.weights?.told(name, 'canary').length ?? 0) + vm.calls().length;
  }

  async function describeEnd(id: RunId): Promise<string> {
    const { outcome, outcome_reason } = await rig.run(id);
    const verdict = (await rig.entries(id)).find(({ entry }) => entry.event === 'canary_verdict');
    return `${outcome}, ${outcome_reason}; ${verdict?.entry.rationale ?? 'no verdict'}`;
  }

  return {
    async kill(service, id, part) {
      used.add(part);
      for (const point of KILLS[part]) {
        const before = await countTraces(service, id);
        const worker = await start('killed', { SLIPWAY_CRASH_POINT: point });
        let isGone = false;
        const gone = worker.gone.finally(() => {
          isGone = true;
        });
        if (last !== null && last.id === id) {
          const { at, atMs } = last;
          const goesOn = async () => isGone || (await countTraces(service, id)) > before;
          await eventually(`somebody goes on after ${at}`, goesOn, PATIENCE_MS);
          resumed.push({ at, s: (performance.now() - atMs) / 1000 });
        }
        const isOver = async () => (await rig.run(id)).status === 'finished';
        await eventually(`somebody dies at ${point} (${part})`, async () => isGone || (await isOver()), PATIENCE_MS);
        // The last points of a run lie behind its end.
        if (!isGone && !point.startsWith('finish:'))
          throw new Error(`without passing ${point} (${part}) the run ended: ${await describeEnd(id)}`);
        const signal = await gone;
        if (signal !== 'SIGKILL') throw new Error(`the worker for ${point} (${part}) ended by ${String(signal)}`);
        running.delete(worker);
        kills += 1;
        last = { id, at: `${part}, ${point}`, atMs: performance.now() };
      }
      // What the test does before the next part is not the successor's time.
      last = null;
    },
    startLast: () => start('last'),
    unused: () => Object.keys(KILLS).filter((part): part is KillPart => !used.has(part as KillPart)),
    report() {
      const all = resumed.map(({ s }) => s).toSorted((a, b) => a - b);
      const late = resumed.filter(({ s }) => s >= 15).map(({ at, s }) => `${at}: ${s.toFixed(1)} s`);
      const [median, longest] = [all[Math.floor(all.length / 2)], all.at(-1)].map((s) => s?.toFixed(1) ?? '-');
      return `${kills} kills; followed ${all.length} times: median ${median} s, longest ${longest} s; 15 s or more: ${late.join('; ') || 'none'}`;
    },
    async endAll() {
      await Promise.all([...running].map((process) => process.kill()));
      running.clear();
      last = null;
    },
  };
}

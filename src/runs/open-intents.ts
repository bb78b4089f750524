import type { Recorded } from '../audit/audit-log.ts';
import { EFFECTS, type EffectName, Stage } from '../audit/entry.ts';

/** An effect that was intended and of which the record does not say what came of it. */
export interface OpenIntent {
  readonly name: EffectName;
  readonly stage: Stage;
  readonly step: string;
  readonly n: number;
  readonly intent: Recorded;
}

/** The effects of a run that a crash left without an outcome: whoever began them never came back to them. */
export function openIntents(entries: readonly Recorded[]): OpenIntent[] {
  const open = new Map<string, OpenIntent>();
  for (const recorded of entries) {
    const { event, step, n } = recorded.entry;
    const stage = Stage.safeParse(recorded.entry.stage);
    const [word, phase] = event.split('.');
    const name = EFFECTS.find((effect) => effect === word);
    if (name === undefined || !stage.success) continue;
    const key = [name, stage.data, step, n].join();
    if (phase === 'intended') open.set(key, { name, stage: stage.data, step, n, intent: recorded });
    else open.delete(key);
  }
  return [...open.values()];
}

import type { ArmSource } from '../arm-source.ts';
import type { BaselineWindow } from '../baseline-window.ts';
import type { CallProgram } from './call-program.ts';

/** Counters that a program reads from wherever they are kept. */
export function makeCommandArms(call: CallProgram, { window_days, hours }: BaselineWindow): ArmSource {
  return {
    read: (arms, signal) => call('snapshot', { production: arms.production, canary: arms.canary }, signal),
    baseline: async (signal) => (await call('baseline', { window_days, hours }, signal)).baseline,
  };
}

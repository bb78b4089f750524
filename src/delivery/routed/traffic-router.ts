import type { Health } from '../target.ts';

/** Shares production traffic between two arms of one service. It starts and stops nothing. */
export interface TrafficRouter {
  /**
   * Zero must work whatever else is broken.
   * @throws {PermanentFailure} when the balancer's configuration cannot carry this share safely. {TransientFailure} TARGET_UNREACHABLE.
   */
  setWeight(canaryPct: number, signal: AbortSignal): Promise<void>;
  /** What is in force now, read from the balancer itself. @throws {TransientFailure} TARGET_UNREACHABLE */
  getWeight(signal: AbortSignal): Promise<number>;
  /** What the balancer thinks of an arm; null = it checks nothing. */
  armHealth(arm: 'stable' | 'canary', signal: AbortSignal): Promise<Health | null>;
}

import type { Digest } from '../ids.ts';
import type { ArmCounters, Baseline } from './metric-source.ts';

/** The two versions whose counters are asked for. */
interface Arms {
  readonly production: Digest;
  readonly canary: Digest | null;
}

/** Counters of an arm without its version, which the target knows. */
export type ArmReading = Omit<ArmCounters, 'version'>;

/** A store of metrics that knows arms by name and nothing of versions and weights. */
export interface ArmSource {
  /**
   * `canary` is null only when none was asked for.
   * @throws any error when a figure is missing, stale, ambiguous or no number: never a zero in its place.
   */
  read(arms: Arms, signal: AbortSignal): Promise<{ control: ArmReading; canary: ArmReading | null }>;
  /** Production's own figures; null when this source keeps none. */
  baseline(signal: AbortSignal): Promise<Omit<Baseline, 'service'> | null>;
}

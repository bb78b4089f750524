/** Only `regression` and `canary_down` speak about the change; the other causes leave it without blame. */
type CanaryCause = 'regression' | 'canary_down' | 'metrics_unavailable' | 'routing' | 'environment';

export interface CanaryJudgement {
  /**
   * FAIL and INCONCLUSIVE both end the canary at weight zero; CONTINUE asks for another tick. CONTINUE with the cause
   * `metrics_unavailable` means: freeze, change no weight until the metrics are back.
   */
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'CONTINUE';
  readonly cause: CanaryCause | null;
  readonly why: string;
  /** Every number the verdict rests on; null where it has no finite value. */
  readonly numbers: Readonly<Record<string, number | null>>;
}

/** How long metrics may be missing, in seconds. Scaled together with the rest when a demo scales time. */
export interface OutageLimits {
  /** Past this nothing may change; also the span over which routing is checked, and the longest gap that counts as watched. */
  readonly freeze_s: number;
  /** Past this the canary is taken back. */
  readonly fail_s: number;
}

export type Finding = Pick<CanaryJudgement, 'verdict' | 'cause' | 'why'>;

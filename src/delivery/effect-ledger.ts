export interface EffectRequest {
  readonly service: string;
  /** Whose lease the fence is of. */
  readonly environment: 'staging' | 'canary';
  readonly verb: string;
  readonly effect: { readonly id: string; readonly fence: string };
  /** What is asked for, without fence and receipt, which may differ when it is asked again. */
  readonly subject: readonly unknown[];
}

/**
 * The memory of a target that has none of its own. Between the check of a fence and the act a paused holder may still slip
 * through; who holds the lease re-asserts what it wants, so that this does not last.
 */
export interface EffectLedger {
  /**
   * The answer given when this effect was done, or undefined when it is new. A new one raises the fence; `current` says
   * whether no newer fence than the one shown has been seen since.
   * @throws {PermanentFailure} EFFECT_REUSED, STALE_FENCE. {StoreDown}.
   */
  begin(request: EffectRequest): Promise<{ readonly answer: unknown; readonly current: boolean } | undefined>;
  /** After the effect was read back. A refusal is not remembered. @throws {StoreDown} */
  finish(request: EffectRequest, answer: unknown): Promise<void>;
}

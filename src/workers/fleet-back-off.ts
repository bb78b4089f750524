/** The model asks everyone to slow down: the agents queue stops for the whole fleet, no attempt is spent. */
export class FleetBackOff extends Error {
  override readonly name = 'FleetBackOff';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, detail: string) {
    super(`[BACK_OFF] ${detail}`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The account has no money left for calls: waiting does not help, a person must act. */
export class SpendLimit extends Error {
  override readonly name = 'SpendLimit';

  constructor(detail: string) {
    super(`[SPEND_LIMIT] ${detail}`);
  }
}

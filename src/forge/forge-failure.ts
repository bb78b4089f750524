/** The forge did not answer as it should. Nothing was started or stopped because of what was asked. */
export class ForgeFailure extends Error {
  override readonly name = 'ForgeFailure';
  /** Before this moment it wants to be asked nothing at all; null where it did not say so. */
  readonly limitedUntil: Date | null;

  constructor(detail: string, options: { limitedUntil?: Date | null; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.limitedUntil = options.limitedUntil ?? null;
  }
}

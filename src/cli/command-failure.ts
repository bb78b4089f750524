/** One line of what is wrong, as InputProblem, repeated here so that a client command need not load the fleet's errors. */
export interface FailureDetail {
  readonly field: string;
  readonly problem: string;
  readonly fix?: string | undefined;
}

/** A command that could not do its work; shown without a stack. `exitCode` is one of EXIT. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;
  readonly details: readonly FailureDetail[];
  readonly fix: string | undefined;
  /** True when the same command may work a moment later. */
  readonly transient: boolean;
  /** HTTP status of the server's refusal, where there was one. */
  readonly status: number | undefined;
  /** More for `--json`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    options: {
      exitCode: number;
      details?: readonly FailureDetail[];
      fix?: string;
      transient?: boolean;
      status?: number;
      extra?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode;
    this.details = options.details ?? [];
    this.fix = options.fix;
    this.transient = options.transient ?? false;
    this.status = options.status;
    this.extra = options.extra ?? {};
  }
}

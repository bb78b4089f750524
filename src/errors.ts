import { UnrecoverableError } from 'bullmq';

/**
 * Will never succeed on retry. `code` is repeated in the message, because Redis keeps only the message.
 * The inherited name is kept on purpose: across a process BullMQ recognises the error by name alone.
 */
export class PermanentFailure extends UnrecoverableError {
  override readonly name = 'UnrecoverableError';
  readonly code: string;

  constructor(code: string, detail: string, options?: { cause?: unknown }) {
    super(`[${code}] ${detail}`);
    this.code = code;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/** May succeed later; costs one attempt. `retryAfterMs` overrides the queue's own backoff. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, detail: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(`[${code}] ${detail}`, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * This replica may not act (any more): the run's lease went on, or the step is another replica's by now. Nothing was done.
 * The next try looks at the world as it is then.
 */
export class LeaseLost extends TransientFailure {
  constructor(detail: string) {
    super('LEASE_LOST', detail);
  }
}

/** The run has ended meanwhile, and the record takes no such entry of it any more. Nothing was written. */
export class RunOver extends LeaseLost {}

/** Redis or Postgres is out of reach. Nothing may act, nothing is lost, and no attempt is spent: the stage waits. */
export class StoreDown extends Error {
  override readonly name = 'StoreDown';
  readonly store: 'redis' | 'postgres';

  constructor(store: 'redis' | 'postgres', options?: { cause?: unknown }) {
    super(`[STORE_DOWN] ${store} is out of reach`, options);
    this.store = store;
  }
}

/** A newer version of Slipway wrote this, and what it means is not known here. A replica of that version takes it; no attempt is spent. */
export class NewerVersion extends Error {
  override readonly name = 'NewerVersion';

  constructor(detail: string, options?: { cause?: unknown }) {
    super(`[NEWER_VERSION] ${detail}`, options);
  }
}

export interface InputProblem {
  /** Dotted path of the field, as the caller wrote it. */
  readonly field: string;
  readonly problem: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Where it stands, for problems of a file. Lines and columns count from 1. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
}

/** One line: `slipway.yaml:3:5 orchestration.model: must be … (what to do)`. */
function describeProblem(problem: InputProblem): string {
  const at = problem.at === undefined ? '' : `${problem.at.file}:${problem.at.line}:${problem.at.column} `;
  return `${at}${problem.field}: ${problem.problem}${problem.fix ? ` (${problem.fix})` : ''}`;
}

/** Bad input at a door (HTTP 4xx, CLI exit 2, configuration). Carries every problem found, not only the first. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly InputProblem[];
  readonly status: number;

  constructor(problems: readonly InputProblem[], status = 400) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
    this.status = status;
  }
}

export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}

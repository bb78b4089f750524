import type { InputProblem } from '../errors.ts';
import type { Run } from '../store/tables.ts';

/** A refusal that HTTP itself makes (authentication, limits, conflicts). `code` is stable: clients may branch on it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: readonly InputProblem[];
  /** Where an older head was sent: the run of the newer one. */
  readonly current: Run | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    extra: { headers?: Record<string, string>; problems?: readonly InputProblem[]; current?: Run } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.problems = extra.problems ?? [];
    this.current = extra.current;
  }
}

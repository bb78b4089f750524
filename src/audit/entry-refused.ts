import { type InputProblem, PermanentFailure } from '../errors.ts';
import { cutText, sanitiseText } from './safe-text.ts';

/**
 * The log will not take this entry, now or later. Nothing was written, and nothing may be done.
 * The message is safe text of bounded length: it can itself be put on the record.
 */
export class EntryRefused extends PermanentFailure {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[], options?: { cause?: unknown }) {
    const text = problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
    super('AUDIT_ENTRY_REFUSED', cutText(sanitiseText(text), 1000), options);
    this.problems = problems;
  }
}

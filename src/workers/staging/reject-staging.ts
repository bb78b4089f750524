import type { Recorded } from '../../audit/audit-log.ts';
import type { Entered } from '../enter-stage.ts';

/** Ends a round of staging: nothing goes on from it. */
export function rejectStaging(
  { record }: Pick<Entered, 'record'>,
  round: number,
  code: string,
  text: string,
  payload: Record<string, unknown>,
): Promise<Recorded> {
  return record.append({
    stage: 'staging',
    step: 'validate',
    event: 'staging_rejection',
    n: round,
    rationale: text.slice(0, 2000) || code,
    outcome: code.slice(0, 60),
    payload,
  });
}

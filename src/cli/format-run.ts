import type { RunJson } from '../http/api/schemas.ts';
import { printable } from './printable.ts';

/** The page of a run, for people. */
export function runUrl(serverUrl: string, id: string): string {
  return `${serverUrl}/runs/${id}`;
}

/** What a run that is not over does right now. The fleet says what it waits for as a phrase that may begin with "for". */
export function describeState(run: Pick<RunJson, 'status' | 'waiting_for'>): string {
  return run.waiting_for === null ? run.status : `waiting for ${run.waiting_for.replace(/^for /, '')}`;
}

/** One line: what became of a run, or where it is. */
export function describeRun(run: RunJson): string {
  const reason = run.outcome_reason === null ? '' : ` (${run.outcome_reason})`;
  const state = run.outcome === null ? `${run.stage}: ${describeState(run)}` : `${run.outcome}${reason}`;
  const dry = run.dry_run ? ' [dry run]' : '';
  return printable(`${run.repo}#${run.pr_number} ${run.head_sha.slice(0, 10)}${dry} ${state}`);
}

/** All of a run that people ask for, one field a line. */
export function formatRun(run: RunJson, why: string, serverUrl: string): string {
  const fields: [string, string | null][] = [
    ['run', run.id],
    ['change', `${run.repo}#${run.pr_number} ${run.title}`],
    ['head', run.head_sha],
    ['author', run.author],
    ['service', run.service],
    ['stage', run.stage],
    ['status', run.status],
    ['why', why],
    ['risk score', run.risk_score === null ? null : run.risk_score.toFixed(1)],
    ['route', run.route],
    ['outcome', run.outcome],
    ['reason', run.outcome_reason],
    ['superseded by', run.superseded_by],
    ['dry run', run.dry_run ? 'yes: nothing is deployed or pushed' : null],
    ['profile', run.profile === 'production' ? null : run.profile],
    ['page', runUrl(serverUrl, run.id)],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`${name.padEnd(14)}${printable(value)}`],
  );
  return `${lines.join('\n')}\n`;
}

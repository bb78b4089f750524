import { type Kysely, sql } from 'kysely';
import type { Database, Run } from '../store/tables.ts';
import type { SimilarRun } from './context-package.ts';

const SHOWN = 5;
const LOOKED_AT = 200;

interface Candidate {
  readonly id: string;
  readonly pr_number: number;
  readonly title: string;
  readonly author: string;
  readonly outcome: string;
  readonly risk_score: number | null;
  readonly decision: string | null;
  readonly finished_at: Date;
  readonly reasons: readonly string[];
}

/**
 * Finished runs of the same service that were asked about for the same reasons, then those of the same author, then those
 * with about the same score: what became of them is what a person would otherwise look up.
 */
export async function readSimilarRuns(
  db: Kysely<Database>,
  run: Run,
  reasons: readonly string[],
): Promise<SimilarRun[]> {
  const { rows } = await sql<Candidate>`
    select r.id, r.pr_number, r.title, r.author, r.outcome, r.risk_score, e.decision, r.finished_at,
      coalesce(e.reasons, '[]'::jsonb) as reasons
    from slipway.runs r left join slipway.escalations e on e.run_id = r.id and e.stage = 'review'
    where r.service = ${run.service} and r.finished_at is not null and not r.dry_run and r.id <> ${run.id}
      and r.outcome in ('deployed', 'rolled_back', 'rejected', 'blocked')
    order by r.finished_at desc limit ${LOOKED_AT}`.execute(db);
  return rankSimilar(rows, run, reasons);
}

/** The most similar first, newest first among equals. Pure. */
export function rankSimilar(
  candidates: readonly Candidate[],
  run: Pick<Run, 'author' | 'risk_score'>,
  reasons: readonly string[],
): SimilarRun[] {
  return candidates
    .map((candidate) => ({ candidate, ...likeness(candidate, run, reasons) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || b.candidate.finished_at.getTime() - a.candidate.finished_at.getTime())
    .slice(0, SHOWN)
    .map(({ candidate, why }) => ({
      id: candidate.id,
      pr_number: candidate.pr_number,
      title: candidate.title,
      author: candidate.author,
      outcome: candidate.outcome,
      risk_score: candidate.risk_score,
      decision: candidate.decision,
      finished_at: candidate.finished_at.toISOString(),
      why,
    }));
}

function likeness(candidate: Candidate, run: Pick<Run, 'author' | 'risk_score'>, reasons: readonly string[]) {
  const same = candidate.reasons.filter((reason) => reasons.includes(reason));
  const author = candidate.author.toLowerCase() === run.author.toLowerCase();
  const near =
    candidate.risk_score !== null && run.risk_score !== null && Math.abs(candidate.risk_score - run.risk_score) <= 1;
  const why = [
    ...(same.length > 0 ? [`same reason: ${same.map((code) => code.replaceAll('_', ' ')).join(', ')}`] : []),
    ...(author ? ['same author'] : []),
    ...(near ? ['similar score'] : []),
  ];
  // A near score alone says little; with anything else it orders.
  const weight = same.length * 4 + (author ? 2 : 0) + (near && (author || same.length > 0) ? 1 : 0);
  return { weight, why: why.join(', ') };
}

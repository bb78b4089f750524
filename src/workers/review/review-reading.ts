import { parseAnswer } from '../../agents/parse-answer.ts';
import type { DiffChunk } from '../../change/chunk-diff.ts';
import type { Coverage } from '../../change/coverage-manifest.ts';
import type { Finding } from '../../policy/finding.ts';
import type { AnsweredCall } from '../ask-agent.ts';
import { groundFinding } from './ground-finding.ts';

export type ReviewOutcome = { kind: 'reviewed' } | { kind: 'inconclusive'; reason: string };

/** All parts' answers as one: reviewed only if every one of them was answered well. */
export interface ParsedReview {
  readonly outcome: ReviewOutcome;
  readonly findings: readonly Finding[];
  readonly rationale: string;
}

/** One question about one part, and what came of it. */
export interface AskedPart {
  readonly chunk: DiffChunk;
  readonly outcome: AnsweredCall;
}

/**
 * Reads the answers about all parts. One part that was not answered well makes the whole review inconclusive: what was not
 * read was not reviewed. The same where a part was not asked about, or a changed line stands in none.
 */
export function readReview(
  chunks: readonly DiffChunk[],
  asked: readonly AskedPart[],
  coverage: Pick<Coverage, 'complete'>,
): ParsedReview {
  const reasons = new Set<string>();
  const findings: Finding[] = [];
  const rationales: string[] = [];
  for (const { chunk, outcome } of asked) {
    const answer = outcome.kind === 'answer' ? parseAnswer('review', outcome.text, outcome.about) : outcome;
    if (answer.kind !== 'ok') {
      reasons.add(answer.reason);
      continue;
    }
    rationales.push(answer.answer.rationale);
    for (const finding of answer.answer.findings) findings.push(groundFinding(finding, chunk));
  }
  const read = new Set(asked.map(({ chunk }) => chunk));
  if (chunks.length === 0 || chunks.some((chunk) => !read.has(chunk))) reasons.add('nothing_readable');
  if (!coverage.complete) reasons.add('coverage_incomplete');
  return {
    outcome: reasons.size === 0 ? { kind: 'reviewed' } : { kind: 'inconclusive', reason: [...reasons].join(', ') },
    findings,
    rationale: rationales.join(' '),
  };
}

/** The outcome with what went wrong in a later check added to it. */
export function alsoInconclusive(outcome: ReviewOutcome, reasons: readonly string[]): ReviewOutcome {
  const own = outcome.kind === 'inconclusive' ? [outcome.reason] : [];
  const all = [...new Set([...own, ...reasons])];
  return all.length === 0 ? outcome : { kind: 'inconclusive', reason: all.join(', ') };
}

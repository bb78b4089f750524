import { parseAnswer } from '../agents/parse-answer.ts';
import type { DiffChunk } from '../change/chunk-diff.ts';
import type { Coverage } from '../change/coverage-manifest.ts';
import { CONFIDENCE_COUNTED, type Finding } from '../policy/finding.ts';
import type { AgentOutcome } from './ask-agent.ts';

/** All chunks' answers as one: reviewed only if every one of them was answered well. */
export interface ParsedReview {
  readonly outcome: { kind: 'reviewed' } | { kind: 'inconclusive'; reason: string };
  readonly findings: readonly Finding[];
  readonly rationale: string;
}

/** One unread chunk makes the whole review inconclusive: what was not read was not reviewed. */
export function readReview(
  chunks: readonly DiffChunk[],
  outcomes: readonly Exclude<AgentOutcome, { kind: 'waiting' }>[],
  change: { pr_number: number; head_sha: string },
  coverage: Pick<Coverage, 'complete'>,
): ParsedReview {
  const reasons = new Set<string>();
  const findings: Finding[] = [];
  const rationales: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const answer = outcome.kind === 'answer' ? parseAnswer('review', outcome.text, change) : outcome;
    if (answer.kind !== 'ok') {
      reasons.add(answer.reason);
      continue;
    }
    const chunk = chunks[index];
    rationales.push(answer.answer.rationale);
    for (const finding of answer.answer.findings) findings.push(groundFinding(finding, chunk));
  }
  if (outcomes.length === 0 || outcomes.length < chunks.length) reasons.add('nothing_readable');
  if (!coverage.complete) reasons.add('coverage_incomplete');
  return {
    outcome: reasons.size === 0 ? { kind: 'reviewed' } : { kind: 'inconclusive', reason: [...reasons].join(', ') },
    findings,
    rationale: rationales.join(' '),
  };
}

/**
 * A finding whose quote is not in the change it speaks of is not believed enough to move the score, but a serious one
 * still asks for a person: that is what a confidence below the counted one means.
 */
function groundFinding(finding: Finding, chunk: DiffChunk | undefined): Finding {
  const known =
    chunk !== undefined &&
    chunk.paths.includes(finding.path) &&
    finding.quote.trim() !== '' &&
    chunkHolds(chunk, finding.quote);
  return known ? finding : { ...finding, confidence: Math.min(finding.confidence, CONFIDENCE_COUNTED - 0.01) };
}

function chunkHolds(chunk: DiffChunk, quote: string): boolean {
  const lines = new Set(chunk.text.split('\n').map((line) => line.slice(1).trim()));
  return quote
    .split('\n')
    .map((line) => line.trim())
    .every((line) => line === '' || lines.has(line) || [...lines].some((whole) => whole.includes(line)));
}

import { parseAnswer } from '../../agents/parse-answer.ts';
import { buildVerifyRequest } from '../../agents/verify-request.ts';
import type { DiffChunk } from '../../change/chunk-diff.ts';
import { cutPiece } from '../../change/split-hunk.ts';
import type { Finding } from '../../policy/finding.ts';
import { type AskPorts, askAgent, type CallRef } from '../ask-agent.ts';
import type { Entered } from '../enter-stage.ts';
import type { ReadChange } from '../read-change.ts';
import type { ChildJob } from '../step.ts';

type Verified =
  | { kind: 'waiting'; children: ChildJob[] }
  | { kind: 'verified'; findings: Finding[]; inconclusive: string[]; calls: CallRef[] };

/** Lines on either side of the quote that the verifier sees. */
const LINES_AROUND = 120;

/**
 * A second agent looks at each finding by itself, worst first. It can say that it could not confirm one, which takes it out of
 * the sum and nothing else: a serious one still asks for a person, and what rules found is not its business. A check that
 * did not come about makes the review inconclusive. What is beyond the limit counts as reported.
 */
export async function verifyFindings(
  ports: AskPorts,
  { run }: Pick<Entered, 'run'>,
  reading: ReadChange,
  findings: readonly Finding[],
): Promise<Verified> {
  const children: ChildJob[] = [];
  const calls: CallRef[] = [];
  const inconclusive = new Set<string>();
  const verified: Finding[] = [];
  let left = ports.config.review.max_verified_findings;
  // At the same moment, so that they are stored together.
  const checked = await Promise.all(
    findings.map(async (finding) => {
      const code = excerptOf(reading.chunks, finding);
      if (finding.grounding === 'absent' || finding.status === 'dismissed' || code === null || left === 0)
        return { finding, outcome: null };
      left -= 1;
      const question = { stage: 'review', agent: 'verify', n: numberOf(finding), reuse: true } as const;
      const outcome = await askAgent(ports, run, question, (base) => buildVerifyRequest({ ...base, finding, code }));
      return { finding, outcome };
    }),
  );
  for (const { finding, outcome } of checked) {
    if (outcome === null) {
      verified.push(finding);
      continue;
    }
    if (outcome.kind === 'waiting') {
      children.push(outcome.child);
      continue;
    }
    const answer = outcome.kind === 'answer' ? parseAnswer('verify', outcome.text, outcome.about) : outcome;
    if (outcome.kind === 'answer') calls.push(outcome.call);
    if (answer.kind === 'ok') verified.push({ ...finding, verification: answer.answer.verdict });
    else {
      inconclusive.add(`verifier: ${answer.reason}`);
      verified.push(finding);
    }
  }
  if (children.length > 0) return { kind: 'waiting', children };
  return { kind: 'verified', findings: verified, inconclusive: [...inconclusive], calls };
}

/** The number of a finding's call: from its fingerprint, so that it stays the same whatever else is found or dismissed. */
function numberOf(finding: Finding): number {
  return Number.parseInt(finding.fingerprint.slice(0, 7), 16);
}

/** What was read around a finding; null where its file is not in what was read. */
function excerptOf(chunks: readonly DiffChunk[], { path, line, quote }: Finding): string | null {
  const pieces = chunks.flatMap((chunk) => chunk.pieces).filter((piece) => piece.path === path);
  const first = quote.split('\n')[0]?.trim() ?? '';
  const piece =
    pieces.find(({ range, text }) => line !== null && line >= range[0] && line <= range[1] && text.includes(first)) ??
    pieces.find(({ text }) => text.includes(first)) ??
    pieces[0];
  if (piece === undefined) return null;
  return piece.header + cutPiece(piece, first, LINES_AROUND);
}

import { type MaskedDiff, maskDiff } from '../../agents/mask-diff.ts';
import { parseAnswer } from '../../agents/parse-answer.ts';
import type { ScepticAnswer } from '../../agents/sceptic-answer.ts';
import { buildScepticRequest } from '../../agents/sceptic-request.ts';
import { chunkDiff, type DiffChunk } from '../../change/chunk-diff.ts';
import type { DiffFile } from '../../change/parse-diff.ts';
import { compareFindings, type Finding, type ReportedFinding } from '../../policy/finding.ts';
import { fingerprintOf } from '../../policy/fingerprint.ts';
import { type AskPorts, askAgent, type CallRef } from '../ask-agent.ts';
import type { Entered } from '../enter-stage.ts';
import type { ReadChange } from '../read-change.ts';
import type { ChildJob } from '../step.ts';
import { groundFinding } from './ground-finding.ts';

export interface ScepticResult {
  readonly findings: readonly Finding[];
  readonly refuted: boolean;
  readonly reasoning: string;
  readonly inconclusive: readonly string[];
  readonly calls: readonly CallRef[];
}

/**
 * The last question before a change is automated: an agent that has seen nothing so far is told to show that it is unsafe. It
 * reads code without words, so that what persuaded the reviewer does not reach it. Every reason it gives is a finding; a
 * call that did not come about, or a refutation without a reason, does not let the change through either.
 */
export async function askSceptic(
  ports: AskPorts,
  { run }: Pick<Entered, 'run'>,
  reading: ReadChange,
): Promise<{ kind: 'waiting'; children: ChildJob[] } | ({ kind: 'asked' } & ScepticResult)> {
  const masked = maskDiff(reading.files, reading.headText);
  const parsed = { files: masked.files, problems: [], complete: true };
  const { chunks } = chunkDiff(parsed, { maxTokens: ports.config.review.max_part_tokens });
  const children: ChildJob[] = [];
  const calls: CallRef[] = [];
  const inconclusive = new Set<string>();
  const findings: Finding[] = [];
  const reasoning: string[] = [];
  let refuted = false;
  // At the same moment, so that they are stored together.
  const asked = await Promise.all(
    chunks.map(async (chunk, n) => {
      const outcome = await askAgent(ports, run, { stage: 'review', agent: 'sceptic', n, reuse: true }, (base) =>
        buildScepticRequest({
          ...base,
          changeType: reading.inspection.change_type,
          part: { index: n + 1, of: chunks.length },
          diff: chunk.text,
        }),
      );
      return { chunk, outcome };
    }),
  );
  for (const { chunk, outcome } of asked) {
    if (outcome.kind === 'waiting') {
      children.push(outcome.child);
      continue;
    }
    if (outcome.kind === 'answer') calls.push(outcome.call);
    const answer = outcome.kind === 'answer' ? parseAnswer('sceptic', outcome.text, outcome.about) : outcome;
    if (answer.kind !== 'ok') {
      inconclusive.add(`sceptic: ${answer.reason}`);
      continue;
    }
    reasoning.push(answer.answer.reasoning);
    const reasons = reasonsOf(answer.answer, chunk, masked, reading.files);
    refuted ||= reasons.some(({ severity }) => severity !== 'low');
    findings.push(...reasons);
  }
  if (children.length > 0) return { kind: 'waiting', children };
  if (chunks.length === 0) inconclusive.add('sceptic: nothing_readable');
  return {
    kind: 'asked',
    findings: findings.toSorted(compareFindings),
    refuted,
    reasoning: reasoning.join(' ').slice(0, 4000),
    inconclusive: [...inconclusive],
    calls,
  };
}

function reasonsOf(answer: ScepticAnswer, chunk: DiffChunk, masked: MaskedDiff, files: readonly DiffFile[]): Finding[] {
  const stated = answer.reasons.map((reason) => unmask(reason, chunk, masked, files));
  if (!answer.refuted || stated.some(({ severity }) => severity !== 'low')) return stated;
  const path = masked.pathOf(chunk.paths[0] ?? '') ?? 'unknown';
  const unnamed = { category: 'security', severity: 'high', confidence: 0.5, path, line: null, quote: '' } as const;
  return [...stated, unmask({ ...unnamed, trigger: answer.reasoning.slice(0, 2000), fix: '' }, chunk, masked, files)];
}

/** A reason in terms of the real change: the real path, and the real line where the masked one stands. */
function unmask(reason: ReportedFinding, chunk: DiffChunk, masked: MaskedDiff, files: readonly DiffFile[]): Finding {
  const grounded = groundFinding(reason, chunk);
  const path = masked.pathOf(reason.path) ?? reason.path;
  const file = files.find((one) => one.path === path);
  const quote = (file === undefined || grounded.line === null ? null : lineAt(file, grounded.line)) ?? reason.quote;
  const fingerprint = fingerprintOf({ category: reason.category, path, symbol: '', quote });
  return { ...grounded, path, quote: quote.slice(0, 2000), source: 'sceptic', fingerprint };
}

function lineAt(file: DiffFile, line: number): string | null {
  for (const hunk of file.hunks) {
    let next = hunk.newStart;
    for (const text of hunk.lines) {
      if (text[0] === '-' || text[0] === '\\') continue;
      if (next === line) return text.slice(1).trim();
      next += 1;
    }
  }
  return null;
}

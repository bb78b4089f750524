import type { Finding } from '../../policy/finding.ts';
import { type TrackedFinding, trackFindings } from '../../policy/track-findings.ts';
import { readTracked } from '../../runs/finding-store.ts';
import { readContributors } from '../../runs/read-approval-rules.ts';
import type { AskPorts, CallRef } from '../ask-agent.ts';
import type { Entered } from '../enter-stage.ts';
import { type ReadChange, type ReadingRepository, readChange } from '../read-change.ts';
import { type PolicyInputs, type PolicyRepository, readPolicyInputs } from '../read-policy.ts';
import { decideReview, type ReviewDecision } from '../review.decide.ts';
import type { ChildJob } from '../step.ts';
import { askReviewers } from './ask-reviewers.ts';
import { askSceptic, type ScepticResult } from './ask-sceptic.ts';
import type { ReadOnce } from './read-once.ts';
import { alsoInconclusive, type ParsedReview, readReview } from './review-reading.ts';
import { verifyFindings } from './verify-findings.ts';
import { makeWhereItStands } from './where-it-stands.ts';

export interface ExaminePorts extends AskPorts {
  readonly repository: ReadingRepository & PolicyRepository;
}

export interface Examined {
  readonly kind: 'examined';
  readonly reading: ReadChange;
  readonly review: ParsedReview;
  readonly decision: ReviewDecision;
  readonly policy: PolicyInputs;
  /** Null where a person is asked anyway: then nobody needed to try to refute it. */
  readonly sceptic: ScepticResult | null;
  /** Findings of earlier heads whose code is gone. */
  readonly fixed: readonly Finding[];
  readonly model: string | undefined;
  readonly calls: readonly CallRef[];
}

type Waiting = { kind: 'waiting'; children: ChildJob[]; why: string };

/**
 * Read → ask about every part → carry findings over from earlier heads → verify each → decide → and where nothing speaks
 * against the change, have a sceptic try to refute it and decide again. Each call is a job of its own; entered again, this
 * finds what is stored and goes on from there.
 */
export async function examineChange(
  ports: ExaminePorts,
  entered: Pick<Entered, 'run' | 'record' | 'service'>,
  readOnce: ReadOnce,
  signal: AbortSignal,
): Promise<Examined | Waiting> {
  const { run, record, service } = entered;
  const reading = await readOnce(run, () => readChange(ports.repository, service, ports.config.review, run, signal));
  const unasked = whyUnasked(run, reading);
  const asked = unasked === null ? await askReviewers(ports, entered, reading) : NOT_ASKED;
  if (asked.kind === 'waiting') return { ...asked, why: 'for the review by the agent' };
  const read = unasked ?? readReview(reading.chunks, asked.parts, reading.coverage);

  const [before, policy] = await Promise.all([
    readTracked(ports.db, run),
    readContributors(ports.db, record).then((contributors) => readPolicyInputs(ports, entered, contributors, signal)),
  ]);
  const tracked =
    unasked === null
      ? trackFindings(before, read.findings, makeWhereItStands(reading))
      : { findings: carryAll(before), fixed: [] };
  const verified = unasked === null ? await verifyFindings(ports, entered, reading, tracked.findings) : NOT_VERIFIED;
  if (verified.kind === 'waiting') return { ...verified, why: 'for the check of its findings' };
  const reviewed: ParsedReview = {
    ...read,
    outcome: alsoInconclusive(read.outcome, verified.inconclusive),
    findings: unasked === null ? verified.findings : tracked.findings,
  };

  const decide = (review: ParsedReview) =>
    decideReview({ inspection: reading.inspection, review, service: run.service, author: run.author, policy });
  const first = decide(reviewed);
  const answers = asked.parts.flatMap(({ outcome }) => (outcome.kind === 'answer' ? [outcome] : []));
  const examined = {
    kind: 'examined',
    reading,
    policy,
    // A review that did not come to an end has not seen that something is gone.
    fixed: read.outcome.kind === 'reviewed' ? tracked.fixed : [],
    model: answers[0]?.model,
  } as const;
  const calls = [...answers.map(({ call }) => call), ...verified.calls];
  // Also where only the rollout holds it back: what is recommended to a person has to stand the same test.
  if (first.policy.recommendation !== 'approve')
    return { ...examined, review: reviewed, decision: first, sceptic: null, calls };

  const sceptic = await askSceptic(ports, entered, reading);
  if (sceptic.kind === 'waiting') return { ...sceptic, why: 'for the sceptic' };
  const review: ParsedReview = {
    ...reviewed,
    outcome: alsoInconclusive(reviewed.outcome, sceptic.inconclusive),
    findings: [...reviewed.findings, ...sceptic.findings],
  };
  return { ...examined, review, decision: decide(review), sceptic, calls: [...calls, ...sceptic.calls] };
}

const NOT_ASKED = { kind: 'asked', parts: [] } as const;
const NOT_VERIFIED = { kind: 'verified', findings: [], inconclusive: [], calls: [] } as const;

/**
 * What takes the place of the agents' answers where none is asked: a change that is too large, and an emergency, in which
 * nobody waits for them: people decide on what code found, and somebody reviews it afterwards.
 */
function whyUnasked(run: Entered['run'], { tooLarge }: ReadChange): ParsedReview | null {
  const without = (reason: string, rationale: string): ParsedReview => ({
    outcome: { kind: 'inconclusive', reason },
    findings: [],
    rationale,
  });
  if (run.emergency_reason !== null) return without('emergency', '');
  return tooLarge === null ? null : without('diff_too_large', tooLarge);
}

/** Where nobody looked, nothing is known to be gone. */
function carryAll(before: readonly TrackedFinding[]): Finding[] {
  return before.flatMap(({ state, finding }) =>
    state === 'open' || state === 'reopened' ? [{ ...finding, status: 'carried' as const }] : [],
  );
}

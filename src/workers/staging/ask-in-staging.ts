import { z } from 'zod';
import type { Recorded } from '../../audit/audit-log.ts';
import { askPeople } from '../../runs/escalate.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import { type QuestionPorts, stageQuestion } from '../stage-question.ts';
import type { StageStep } from '../step.ts';
import { rejectStaging } from './reject-staging.ts';
import type { Ask } from './staging-asks.decide.ts';

export interface AskScope {
  readonly round: number;
  readonly signal: AbortSignal;
  /** The place is not kept for a run that may wait for days. */
  readonly putAway: () => Promise<void>;
}

const Asked = z.object({ reasons: z.array(z.object({ code: z.string() })) });

/**
 * Puts what code can neither pass nor refuse to a person. A run has one question in staging: a decision about something
 * else is none about this, and then the round ends.
 */
export async function askInStaging(
  ports: QuestionPorts,
  entered: Entered,
  asks: readonly Ask[],
  { round, signal, putAway }: AskScope,
): Promise<StageStep | { kind: 'approved'; decision: Recorded | null } | { kind: 'ended'; entry: Recorded }> {
  if (asks.length === 0) return { kind: 'approved', decision: null };
  const { run, record } = entered;
  const text = asks.map((ask) => ask.text).join('; ');
  const asked = await record.find('staging', 'route', 'escalated');
  const covered = Asked.safeParse(asked?.entry.payload).data?.reasons.map(({ code }) => code) ?? [];
  const open = asked === null ? [] : asks.filter(({ code }) => !covered.includes(code));
  const [first] = open;
  if (first !== undefined) {
    const why = `${text}; a person was asked before, and about something else: enqueue the change again`;
    return { kind: 'ended', entry: await rejectStaging(entered, round, first.code, why, { reasons: asks }) };
  }
  await putAway();
  const question = () => stageQuestion(ports, entered, 'staging', asks, signal);
  const answer = await askPeople(ports.db, record, run, question, 'staging', ports.now(), entered.holding(null));
  if (answer.kind === 'waiting')
    return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide' });
  if (answer.decision.entry.outcome === 'approve') return { kind: 'approved', decision: answer.decision };
  const { outcome, rationale } = answer.decision.entry;
  return { kind: 'ended', entry: await rejectStaging(entered, round, outcome, rationale, { reasons: asks }) };
}

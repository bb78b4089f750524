import { assertNever } from '../errors.ts';
import { showDuration } from '../show-duration.ts';
import type { CanaryQuestionKind } from './context-package.ts';
import type { Brake, LeasePlace, OpenQuestion, Wait } from './why-waiting.decide.ts';

/**
 * The wait as one line for people: what has to happen, how long it has taken, and until when. `moved`: an operator moved
 * the run to the front of every line.
 */
export function describeWait(wait: Wait, now: Date, moved = false): string {
  const inLine = wait.kind === 'queued' || wait.kind === 'agent_slot' || wait.kind === 'lease';
  return moved && inLine ? `${describe(wait, now)}, moved to the front` : describe(wait, now);
}

function describe(wait: Wait, now: Date): string {
  switch (wait.kind) {
    case 'finished':
      return `finished: ${wait.outcome}${wait.reason === null ? '' : ` (${wait.reason})`}`;
    case 'store_unreachable':
      return wait.until === null
        ? `${wait.store} is out of reach: nothing moves until it is back, nothing is lost`
        : `a store was out of reach: the step is tried again ${inTime(wait.until, now)}`;
    case 'no_flow':
      return 'it has no jobs in Redis: it is given new ones at the next look that it has its turn in, and goes on from the record';
    case 'stuck':
      return `stuck: its ${wait.queue} job cannot go on (${wait.reason})`;
    case 'stopping':
      return `is being stopped: ${wait.how}${wait.reason === null ? '' : ` (${wait.reason})`}`;
    case 'human':
      return describeQuestion(wait.question, now);
    case 'lease':
      return describeLease(wait.lease, now);
    case 'tick':
      return `next canary tick ${inTime(wait.until, now)}`;
    case 'step':
      return `waits for ${wait.what}; looks again ${inTime(wait.until, now)}`;
    case 'retry':
      return `${wait.queue} is tried again ${inTime(wait.until, now)}, attempt ${wait.attempt} of ${wait.of}, because: ${wait.reason}`;
    case 'paused':
      return `the queue ${wait.queue} is paused${wait.brake === null ? '' : ` ${by(wait.brake, now)}`}`;
    case 'frozen':
      return `deployments are frozen ${by(wait.brake, now)}`;
    case 'window':
      return `the deploy window opens at ${wait.opensAt}`;
    case 'unserved':
      return `no live replica serves the queue ${wait.queue}`;
    case 'newer_version':
      return `its ${wait.queue} job is of a newer version of Slipway: it waits for a replica of that version`;
    case 'back_off':
      return `the model asked everyone to slow down: no call before ${showClock(wait.until)}, ${inTime(wait.until, now)}`;
    case 'agent_slot':
      return `${wait.place === null ? '' : `${ordinal(wait.place)} in line `}for an agent slot (all ${wait.cap} are taken)`;
    case 'queued':
      return `${ordinal(wait.place)} in line for a worker of the queue ${wait.queue}`;
    case 'running':
      return `${wait.queue} runs${on(wait.replica)}${wait.since === null ? '' : ` ${since(wait.since, now)}`}`;
    case 'orphaned':
      return `the replica${wait.replica === null ? '' : ` ${wait.replica}`} that ran ${wait.queue} is gone or stands still: another takes over within 10 s`;
    default:
      return assertNever(wait);
  }
}

const CANARY_ASKS: Record<CanaryQuestionKind, string> = {
  hold: 'to decide the canary on hold, which is watched meanwhile,',
  gate: 'to let the canary that passed go on, which is watched meanwhile,',
};

function describeQuestion(question: OpenQuestion, now: Date): string {
  const { openedAt, deadlineAt, needed, approved, mayDecide } = question;
  const who = mayDecide.length === 0 ? 'nobody in people: may' : `${listed(mayDecide)} may`;
  const count = needed > 1 ? `, ${approved.length} of ${needed} approvals` : '';
  const end = deadlineAt > now ? `expires ${inTime(deadlineAt, now)}` : 'its deadline has passed';
  if (question.canary === null) return `for a human ${since(openedAt, now)}${count} (${who} decide; ${end})`;
  const until = `until ${showClock(deadlineAt)}, then it is rolled back`;
  return `for a human ${CANARY_ASKS[question.canary.kind]} ${since(openedAt, now)}${count} (${who} decide; ${until})`;
}

function describeLease({ name, holder, ahead, since: from }: LeasePlace, now: Date): string {
  const held = holder === null ? 'it is free' : `held by run ${holder}`;
  return `${ordinal(ahead + 1)} in line for the lease ${name} ${since(from, now)} (${held})`;
}

function by({ actor, reason, at }: Brake, now: Date): string {
  return `by ${actor} ${since(at, now)}, because: ${reason}`;
}

function since(at: Date, now: Date): string {
  return `since ${showClock(at)}, ${showDuration(now.getTime() - at.getTime())}`;
}

function inTime(at: Date, now: Date): string {
  return at <= now ? 'now' : `in ${showDuration(Math.ceil((at.getTime() - now.getTime()) / 1000) * 1000)}`;
}

/** `2026-11-27 02:14:05 UTC` */
function showClock(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function on(replica: string | null): string {
  return replica === null ? '' : ` on replica ${replica}`;
}

/** `ada`, `ada or ben`, `ada, ben or 3 more`. */
function listed(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

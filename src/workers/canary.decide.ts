import type { Recorded } from '../audit/audit-log.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import { GUARD_LOST_MS, type KnownGuard } from '../guard/known-guard.ts';
import { authorisesCanary, findEntry } from '../runs/authorise.ts';

/** What is known when the canary lease is granted, before anything is deployed. */
export interface StartFacts {
  readonly entries: readonly Recorded[];
  /** The merge that the run holds now, and the target tip it was made on. */
  readonly artifact: string;
  readonly targetSha: string;
  /** Tip of the target branch and version in production at this moment. */
  readonly targetTip: string;
  readonly productionVersion: string | null;
  /** Whether the approval that the run rests on, if any, still stands. */
  readonly approvalHolds: boolean;
}

export type StartDecision =
  | { kind: 'deploy'; authorisation: Recorded }
  /** What staging compared with is not there any more: staging is repeated, on a new merge if the target moved. */
  | { kind: 'restage'; why: 'target_moved' | 'merge_remade' | 'production_moved' | 'approval_void'; round: number }
  | { kind: 'refuse'; why: 'not_authorised' | 'staging_rejected' };

export function decideStart(facts: StartFacts): StartDecision {
  const started = findEntry(facts.entries, 'canary_started', 'canary');
  if (started) return { kind: 'deploy', authorisation: started };
  const validation = findEntry(facts.entries, 'staging_validation', 'staging');
  if (validation === undefined) return { kind: 'refuse', why: 'not_authorised' };
  const begun = findEntry(facts.entries, 'canary_deploy.intended', 'canary');
  if (begun?.entry.payload['artifact'] === facts.artifact) {
    // Under this lease nobody else moves production, and what is being brought up may not be exchanged under the way.
    const authorisation = authorisesCanary(facts.entries, facts.artifact);
    return authorisation === null ? { kind: 'refuse', why: 'not_authorised' } : { kind: 'deploy', authorisation };
  }
  const round = validation.entry.n + 1;
  if (findEntry(facts.entries, 'staging_rejection', 'staging', round))
    return { kind: 'refuse', why: 'staging_rejected' };
  // Staging asks again before it does anything.
  if (!facts.approvalHolds) return { kind: 'restage', why: 'approval_void', round };
  if (facts.targetTip !== facts.targetSha) return { kind: 'restage', why: 'target_moved', round };
  if (validation.entry.payload['artifact'] !== facts.artifact) return { kind: 'restage', why: 'merge_remade', round };
  if (validation.entry.payload['production_version'] !== facts.productionVersion)
    return { kind: 'restage', why: 'production_moved', round };
  const authorisation = authorisesCanary(facts.entries, facts.artifact);
  return authorisation === null ? { kind: 'refuse', why: 'not_authorised' } : { kind: 'deploy', authorisation };
}

/**
 * The number of the tick that is due; tick 0 is taken when traffic is given. Fixed to that moment, so a late tick does
 * not shift the rest; ticks that nobody was there to take are not made up and count as gaps.
 */
export function dueTick(weightedAt: Date, tickSeconds: number, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - weightedAt.getTime()) / (tickSeconds * 1000)));
}

/** Why a canary must be taken back although its figures say nothing: nobody watched it for too long. Null while it is watched. */
export function whyUnwatched(facts: {
  readonly trafficAt: Date;
  /** In order, the one just taken last. */
  readonly ticks: readonly TickSample[];
  readonly holdS: number;
}): string | null {
  const [previous, last] = [facts.ticks.at(-2), facts.ticks.at(-1)];
  if (last === undefined) return null;
  const before = previous === undefined ? facts.trafficAt.getTime() : Date.parse(previous.at);
  const unwatchedS = (Date.parse(last.at) - before) / 1000;
  return unwatchedS > facts.holdS ? `nobody watched the canary for ${Math.round(unwatchedS)} s` : null;
}

export function msUntilTick(weightedAt: Date, tickSeconds: number, n: number, now: Date): number {
  return weightedAt.getTime() + n * tickSeconds * 1000 - now.getTime();
}

export interface DriftFacts {
  /** In order, the one just taken last. */
  readonly ticks: readonly TickSample[];
  /** The share that each tick was to find, percent. */
  readonly intendedPct: (tick: TickSample) => number;
  /** The newest tick after which the share was told to the target again; null where it never was. */
  readonly toldAfter: number | null;
  readonly trafficAt: Date;
  /** How long a canary may go unwatched, seconds: the guard's limit too. */
  readonly holdS: number;
  readonly guards: readonly KnownGuard[];
}

export type DriftDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'give_back' }
  | { readonly kind: 'end'; readonly why: string };

/**
 * The newest look found another weight than was given. A balancer that read its files again is given it back, once; a
 * guard's zero never is. The two look alike at the balancer, so zero is given back only where no guard can have done it:
 * one takes out what it has not seen watched for the whole limit, and who was heard of within a third of it, while no two
 * ticks lay further apart than half of it, has not come that far. Where the weight could not be read nothing is changed.
 */
export function decideDrift({ ticks, intendedPct, toldAfter, trafficAt, holdS, guards }: DriftFacts): DriftDecision {
  const isOff = (tick: TickSample | undefined) =>
    tick !== undefined && tick.snapshot !== null && tick.snapshot.canary_pct !== intendedPct(tick);
  const last = ticks.at(-1);
  if (last === undefined || !isOff(last)) return { kind: 'none' };
  const pct = last.snapshot?.canary_pct;
  // Who found it off before may have died before it was given back.
  if (isOff(ticks.at(-2)) && ticks.at(-2)?.n === toldAfter)
    return { kind: 'end', why: `the canary's weight was given back and is ${pct} % again at the next look` };
  if (pct !== 0) return { kind: 'give_back' };
  const out = 'the canary was found out of traffic';
  if (guards.some(({ noted, silentMs }) => noted && silentMs > (holdS * 1000) / 3))
    return { kind: 'end', why: `${out}, and a guard that knows it is silent: it may have done that` };
  if (longestGapS(ticks, trafficAt, holdS) > holdS / 2)
    return { kind: 'end', why: `${out}, and it had not been looked at for so long that a guard may have done that` };
  return { kind: 'give_back' };
}

/** Between two neighbouring ticks of the last `withinS` seconds. */
function longestGapS(ticks: readonly TickSample[], trafficAt: Date, withinS: number): number {
  const moments = [trafficAt.getTime(), ...ticks.map(({ at }) => Date.parse(at))];
  const end = moments.at(-1) ?? 0;
  const gaps = moments.flatMap((moment, index) => {
    const before = moments[index - 1];
    return before === undefined || moment < end - withinS * 1000 ? [] : [(moment - before) / 1000];
  });
  return Math.max(0, ...gaps);
}

/**
 * Whether a canary may be given traffic as far as its guards go: one that lives must have it in its file, or nobody would
 * take it out with every store gone.
 */
export function decideGuarded(facts: {
  readonly guards: readonly KnownGuard[];
  readonly required: boolean;
}): 'guarded' | 'unguarded' | 'wait' {
  const live = facts.guards.filter(({ silentMs }) => silentMs <= GUARD_LOST_MS);
  if (live.some(({ noted }) => noted)) return 'guarded';
  return live.length > 0 || facts.required ? 'wait' : 'unguarded';
}

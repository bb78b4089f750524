import { decidePolicy, type PolicySettings } from './decide-policy.ts';
import type { DecidedRun } from './decided-run.ts';
import { type Rate, wilson } from './wilson.ts';

interface Moved {
  readonly id: string;
  readonly change: string;
  readonly from: 'automated' | 'human';
  readonly to: 'automated' | 'human';
  /** Why a person would be asked, or why one was. */
  readonly reasons: readonly string[];
  readonly outcome: string | null;
  readonly decision: string | null;
}

export interface Simulation {
  readonly runs: number;
  readonly replayed: number;
  /** Runs of which the record does not hold enough, or whose service the other policy does not know. */
  readonly skipped: readonly { readonly why: string; readonly runs: number }[];
  /** Share of the replayed runs that a person was, and would be, asked about. */
  readonly asked: { readonly before: Rate; readonly after: Rate };
  readonly reasons: readonly { readonly code: string; readonly before: number; readonly after: number }[];
  readonly moved: readonly Moved[];
  /** Of those that would be automated: no sceptic was asked about them then, and one would have to fail to refute them first. */
  readonly unproven: number;
  /** What a person rejected, or what was rolled back, and the other policy would have automated. */
  readonly let_through: number;
  /** What went to production without a rollback unasked, and the other policy would have asked about. */
  readonly asked_in_vain: number;
}

/**
 * Decides about recorded changes again, under other settings. Nobody is asked and no model is called: facts, findings, score
 * and history are those of the record. Of a run only what is told about it stays. Pure.
 */
export function makeSimulation(settingsOf: (service: string) => PolicySettings | null) {
  const skipped = new Map<string, number>();
  const reasons = new Map<string, { before: number; after: number }>();
  const moved: Moved[] = [];
  const counts = { runs: 0, replayed: 0, before: 0, after: 0, unproven: 0, let_through: 0, asked_in_vain: 0 };

  function add(run: DecidedRun): void {
    counts.runs += 1;
    const settings = settingsOf(run.service);
    if (run.case === null || settings === null) {
      const why =
        run.case === null ? 'not all that was decided on is on the record' : 'the service is not in this policy';
      skipped.set(why, (skipped.get(why) ?? 0) + 1);
      return;
    }
    counts.replayed += 1;
    const { route } = decidePolicy(run.case, settings);
    const now = [...new Set(route.reasons.map(({ code }) => code))];
    if (run.route === 'human') counts.before += 1;
    if (route.route === 'human') counts.after += 1;
    for (const code of run.reasons) countReason(code).before += 1;
    for (const code of now) countReason(code).after += 1;
    if (run.route !== route.route) addMoved(run, route.route, now);
  }

  function countReason(code: string) {
    const count = reasons.get(code) ?? { before: 0, after: 0 };
    reasons.set(code, count);
    return count;
  }

  function addMoved(run: DecidedRun, to: Moved['to'], now: readonly string[]): void {
    const { id, route: from, outcome, decision } = run;
    const change = `${run.repo}#${run.pr_number}`;
    moved.push({ id, change, from, to, reasons: to === 'human' ? now : run.reasons, outcome, decision });
    if (to === 'automated' && !run.sceptic_asked) counts.unproven += 1;
    if (to === 'automated' && isBad(run)) counts.let_through += 1;
    if (to === 'human' && isGood(run)) counts.asked_in_vain += 1;
  }

  function result(): Simulation {
    const { runs, replayed, before, after, unproven, let_through, asked_in_vain } = counts;
    return {
      runs,
      replayed,
      skipped: [...skipped].map(([why, n]) => ({ why, runs: n })),
      asked: { before: wilson(before, replayed), after: wilson(after, replayed) },
      reasons: [...reasons].map(([code, count]) => ({ code, ...count })).toSorted((a, b) => (a.code < b.code ? -1 : 1)),
      moved,
      unproven,
      let_through,
      asked_in_vain,
    };
  }

  return { add, result };
}

/** Whether what became of a change says that it should not have gone on unasked. An expired question says nothing. */
export function isBad({ outcome, decision, taken_back }: DecidedRun): boolean {
  return outcome === 'rolled_back' || decision === 'reject' || taken_back;
}

/** In production, and it stayed there. */
export function isGood(run: DecidedRun): boolean {
  return run.outcome === 'deployed' && !isBad(run);
}

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
 * and history are those of the record. Pure.
 */
export function simulate(
  runs: readonly DecidedRun[],
  settingsOf: (service: string) => PolicySettings | null,
): Simulation {
  const skipped = new Map<string, number>();
  const replayed: { run: DecidedRun; to: 'automated' | 'human'; reasons: string[] }[] = [];
  for (const run of runs) {
    const settings = settingsOf(run.service);
    const why =
      run.case === null ? 'not all that was decided on is on the record' : 'the service is not in this policy';
    if (run.case === null || settings === null) skipped.set(why, (skipped.get(why) ?? 0) + 1);
    else {
      const { route } = decidePolicy(run.case, settings);
      replayed.push({ run, to: route.route, reasons: [...new Set(route.reasons.map(({ code }) => code))] });
    }
  }
  const moved = replayed
    .filter(({ run, to }) => run.route !== to)
    .map(({ run, to, reasons }): { run: DecidedRun; to: Moved['to']; moved: Moved } => {
      const change = `${run.repo}#${run.pr_number}`;
      const { id, route: from, outcome, decision } = run;
      const told = { id, change, from, to, reasons: to === 'human' ? reasons : run.reasons, outcome, decision };
      return { run, to, moved: told };
    });
  const human = (routes: readonly string[]) =>
    wilson(routes.filter((route) => route === 'human').length, routes.length);
  return {
    runs: runs.length,
    replayed: replayed.length,
    skipped: [...skipped].map(([why, n]) => ({ why, runs: n })),
    asked: { before: human(replayed.map(({ run }) => run.route)), after: human(replayed.map(({ to }) => to)) },
    reasons: countReasons(replayed),
    moved: moved.map(({ moved: told }) => told),
    unproven: moved.filter(({ run, to }) => to === 'automated' && !run.sceptic_asked).length,
    let_through: moved.filter(({ run, to }) => to === 'automated' && isBad(run)).length,
    asked_in_vain: moved.filter(({ run, to }) => to === 'human' && isGood(run)).length,
  };
}

/** Whether what became of a change says that it should not have gone on unasked. An expired question says nothing. */
export function isBad({ outcome, decision, taken_back }: DecidedRun): boolean {
  return outcome === 'rolled_back' || decision === 'reject' || taken_back;
}

/** In production, and it stayed there. */
export function isGood(run: DecidedRun): boolean {
  return run.outcome === 'deployed' && !isBad(run);
}

function countReasons(replayed: readonly { run: DecidedRun; reasons: readonly string[] }[]): Simulation['reasons'] {
  const codes = [...new Set(replayed.flatMap(({ run, reasons }) => [...run.reasons, ...reasons]))].toSorted();
  return codes.map((code) => ({
    code,
    before: replayed.filter(({ run }) => run.reasons.includes(code)).length,
    after: replayed.filter(({ reasons }) => reasons.includes(code)).length,
  }));
}

import { z } from 'zod';
import { mayFollowEnd } from './after-end.ts';
import { EFFECTS, type Entry } from './entry.ts';

export type PolicyProblem =
  | 'outcome_without_intent'
  | 'entry_after_end'
  | 'run_changed'
  | 'second_end'
  | 'release_without_pass'
  | 'release_without_authorisation'
  | 'rollback_without_order'
  | 'gate_without_decision'
  | 'causation_not_earlier';

export interface Finding<K extends string = string> {
  readonly seq: string;
  readonly kind: K;
  readonly detail: string;
}

interface RunState {
  readonly repo: string | null;
  readonly prNumber: number | null;
  readonly headSha: string | null;
  readonly dryRun: boolean;
  /** Effects intended and without outcome, by their key: where the intent stands. */
  readonly open: Map<string, string>;
  readonly intended: Set<string>;
  automated: boolean;
  approval: 'none' | 'pending' | 'approve' | 'reject';
  passed: boolean;
  /** Decisions of people that a canary may become production: seq, and the artifact they were about. */
  readonly promotions: Map<string, unknown>;
  readonly canary: CanaryState;
  rollbackOrdered: boolean;
  ended: boolean;
}

/** A canary's way to production, as its entries tell it. Shares in percent. */
interface CanaryState {
  artifact: unknown;
  gates: readonly number[];
  sharePct: number;
  /** Up to where people let this artifact go. */
  allowedPct: number;
  /** The share that each question was about, by its number. */
  readonly asked: Map<number, number>;
}

export interface PolicyCheck {
  /** Takes the entries of the log in order. */
  add(seq: string, entry: Entry): Finding<PolicyProblem>[];
  /** Effects that were intended and never got an outcome: a crash, or work still going on. */
  orphans(): Finding<'orphan'>[];
}

/** Whether what the log says was done in the right order and with authorisation. Pure; remembers a little for each run. */
export function makePolicyCheck(): PolicyCheck {
  const runs = new Map<string, RunState>();

  function add(seq: string, entry: Entry): Finding<PolicyProblem>[] {
    const problems: Finding<PolicyProblem>[] = [];
    const report = (kind: PolicyProblem, detail: string) => void problems.push({ seq, kind, detail });
    if (entry.causation_seq !== null && BigInt(entry.causation_seq) >= BigInt(seq)) {
      report('causation_not_earlier', `names ${entry.causation_seq} as its cause`);
    }
    if (entry.run_id === null) return problems;
    const run = runs.get(entry.run_id) ?? startRun(entry);
    runs.set(entry.run_id, run);
    checkIdentity(run, entry, report);
    checkEffect(run, seq, entry, report);
    checkEnd(run, entry, report);
    checkRelease(run, entry, report);
    checkRollback(run, entry, report);
    checkGate(run, entry, report);
    learn(run, seq, entry);
    return problems;
  }

  function orphans(): Finding<'orphan'>[] {
    return [...runs.values()].flatMap((run) =>
      [...run.open].map(([key, seq]) => ({
        seq,
        kind: 'orphan' as const,
        detail: `${key} was intended and has no outcome`,
      })),
    );
  }

  return { add, orphans };
}

type Report = (kind: PolicyProblem, detail: string) => void;

function startRun(entry: Entry): RunState {
  return {
    repo: entry.repo,
    prNumber: entry.pr_number,
    headSha: entry.head_sha,
    dryRun: entry.dry_run,
    open: new Map(),
    intended: new Set(),
    automated: false,
    approval: 'none',
    passed: false,
    promotions: new Map(),
    canary: { artifact: undefined, gates: [], sharePct: 0, allowedPct: 0, asked: new Map() },
    rollbackOrdered: false,
    ended: false,
  };
}

function checkIdentity(run: RunState, entry: Entry, report: Report): void {
  if (entry.repo !== run.repo || entry.pr_number !== run.prNumber || entry.head_sha !== run.headSha) {
    report('run_changed', `speaks of ${entry.repo}#${entry.pr_number} at ${entry.head_sha}, its run of another change`);
  }
  if (entry.dry_run !== run.dryRun) report('run_changed', 'is dry_run where its run is not, or the reverse');
}

function checkEffect(run: RunState, seq: string, entry: Entry, report: Report): void {
  const effect = parseEffect(entry);
  if (effect === null) return;
  const key = `${effect.name} ${entry.stage}/${entry.step}/${entry.n}`;
  if (effect.phase === 'intended') {
    run.intended.add(key);
    run.open.set(key, seq);
    return;
  }
  if (!run.intended.has(key)) report('outcome_without_intent', `${key} has an outcome and no earlier intent`);
  run.open.delete(key);
}

function checkEnd(run: RunState, entry: Entry, report: Report): void {
  if (!run.ended) return;
  if (entry.event === 'run_finished') return report('second_end', 'the run was already finished');
  if (!mayFollowEnd(entry.event)) report('entry_after_end', `${entry.event} after the run was finished`);
}

/** A dry run only describes what a release would do, so nothing is owed for it. */
function checkRelease(run: RunState, entry: Entry, report: Report): void {
  if (entry.event !== 'production_release' || run.dryRun) return;
  if (!run.passed)
    report(
      'release_without_pass',
      'no canary_verdict PASS stands before it, nor a person’s decision about a canary on hold',
    );
  const authorised = run.approval === 'approve' || (run.approval === 'none' && run.automated);
  if (authorised) return;
  const found =
    run.approval === 'none' ? 'the review did not route it as automated, and nobody' : 'a human was asked, who had not';
  report('release_without_authorisation', `${found} approved it`);
}

/** Production goes back to an earlier version only because a person said so. */
function checkRollback(run: RunState, entry: Entry, report: Report): void {
  const goesBack = entry.event === 'rollback_promotion.intended' || entry.event === 'production_rollback';
  if (goesBack && !run.rollbackOrdered)
    report('rollback_without_order', `${entry.event} and no person ordered a rollback before`);
}

/** Past a gate goes only what a person let through. To give a share back, or to take it away, needs nobody. */
function checkGate({ canary, dryRun }: RunState, { stage, step, event, payload }: Entry, report: Report): void {
  if (dryRun) return;
  const raised = stage === 'canary' && step === 'step' && event === 'canary_weight.intended' ? payload['pct'] : null;
  const toPct = event === 'promotion.intended' || event === 'production_release' ? PRODUCTION_PCT : raised;
  if (typeof toPct !== 'number') return;
  const gate = canary.gates.find((pct) => pct > canary.sharePct && pct <= toPct && pct > canary.allowedPct);
  if (gate === undefined) return;
  report(
    'gate_without_decision',
    `from ${canary.sharePct} % to ${toPct} % past the gate at ${gate} %, and nobody let it`,
  );
}

const PRODUCTION_PCT = 100;

function learn(run: RunState, seq: string, entry: Entry): void {
  if (entry.event === 'review_evaluation') run.automated = entry.payload['route'] === 'automated';
  if (entry.event === 'canary_verdict' || entry.stage === 'canary') learnOfCanary(run, seq, entry);
  else if (entry.event === 'escalated' && run.approval !== 'reject') run.approval = 'pending';
  else if (entry.event === 'human_decision' && run.approval !== 'reject') {
    run.approval = entry.outcome === 'approve' ? 'approve' : 'reject';
  }
  if (entry.event === 'rollback_ordered') run.rollbackOrdered = entry.actor.kind === 'human';
  if (entry.event !== 'run_finished') return;
  run.ended = true;
}

/** A canary that neither passed nor failed may be promoted by a person, who is named by the verdict. */
function learnOfCanary(run: RunState, seq: string, entry: Entry): void {
  const { event, outcome, actor, payload, n } = entry;
  learnOfPath(run.canary, entry);
  if (event === 'human_decision' && outcome === 'approve' && actor.kind === 'human') {
    const toPct = run.canary.asked.get(n) ?? 0;
    if (payload['artifact'] === run.canary.artifact) run.canary.allowedPct = Math.max(run.canary.allowedPct, toPct);
    if (toPct === PRODUCTION_PCT) run.promotions.set(seq, payload['artifact']);
  }
  if (event !== 'canary_verdict') return;
  const decision = payload['decided_by'];
  const byPerson =
    outcome === 'INCONCLUSIVE' &&
    typeof decision === 'string' &&
    payload['artifact'] !== undefined &&
    run.promotions.get(decision) === payload['artifact'];
  run.passed = outcome.toUpperCase() === 'PASS' || byPerson;
}

const Started = z.object({ artifact: z.unknown(), canary_pct: z.number(), gates: z.array(z.number()).default([]) });
const Asked = z.object({ canary: z.object({ to_pct: z.number() }) });

function learnOfPath(canary: CanaryState, { step, event, payload, n }: Entry): void {
  if (event === 'canary_started') {
    const {
      artifact,
      canary_pct: sharePct,
      gates,
    } = Started.catch({ artifact: null, canary_pct: 0, gates: [] }).parse(payload);
    Object.assign(canary, { artifact, sharePct, gates });
  }
  if (event === 'escalated') canary.asked.set(n, Asked.safeParse(payload).data?.canary.to_pct ?? 0);
  if (step === 'step' && event === 'canary_weight.intended' && typeof payload['pct'] === 'number')
    canary.sharePct = payload['pct'];
}

function parseEffect(entry: Entry): { name: string; phase: string } | null {
  const dot = entry.event.lastIndexOf('.');
  const name = entry.event.slice(0, dot);
  return EFFECTS.some((effect) => effect === name) ? { name, phase: entry.event.slice(dot + 1) } : null;
}

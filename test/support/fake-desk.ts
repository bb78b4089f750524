import type { EntryDraft, Recorded } from '../../src/audit/audit-log.ts';
import { buildEntry } from '../../src/audit/build-entry.ts';
import { Stage } from '../../src/audit/entry.ts';
import { makeReceipt } from '../../src/audit/receipt.ts';
import { InputError } from '../../src/errors.ts';
import { digestOf, type RunId } from '../../src/ids.ts';
import type { Caller } from '../../src/runs/caller.ts';
import type { ContextPackage } from '../../src/runs/context-package.ts';
import type {
  DecisionRequest,
  DecisionResult,
  EnqueueRequest,
  EscalationView,
  ListFilter,
  RunDesk,
  RunView,
} from '../../src/runs/run-desk.ts';
import type { CanaryView } from '../../src/runs/view-canary.ts';
import type { Wait } from '../../src/runs/why-waiting.decide.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeRunRow } from './run-row.ts';

type Held = Pick<RunView, 'policy' | 'score' | 'usage' | 'reviewUsage' | 'followUp'> & {
  run: Run;
  entries: Recorded[];
  escalations: EscalationView[];
};
type Draft = Partial<EntryDraft> & Pick<EntryDraft, 'event' | 'stage'>;

export interface FakeDesk extends RunDesk {
  /** Puts a run there; returns it. */
  seed(over?: Partial<Run>, usage?: RunView['usage']): Run;
  append(id: string, draft: Draft, at?: Date): Recorded;
  escalate(id: string, stage: string, contextPackage: ContextPackage, over?: Partial<EscalationView>): void;
  update(id: string, over: Partial<Run>): void;
  /** What the policy left on the record of a run. */
  setPolicy(id: string, policy: RunView['policy']): void;
  /** How its canary did. */
  setCanary(id: string, canary: CanaryView): void;
  /** Why it does not move; a run without one has no flow. */
  wait(id: string, wait: Wait): void;
  /** The entries themselves, for what the record's own checks would refuse. */
  entries(id: string): Recorded[];
  /** Who called what, newest last. */
  readonly calls: { verb: string; caller: Caller }[];
  /** The next read of entries fails with this. */
  failNextRead(error: Error): void;
}

/** Our own port, held in memory: what HTTP needs of runs, with the same answers. */
export function makeFakeDesk(now: () => Date = () => new Date()): FakeDesk {
  const held = new Map<string, Held>();
  const waits = new Map<string, Wait>();
  const canaries = new Map<string, CanaryView>();
  const calls: FakeDesk['calls'] = [];
  let seq = 0;
  let failure: Error | undefined;

  function get(id: string): Held {
    const found = held.get(id);
    if (!found) throw new Error(`no run ${id}`);
    return found;
  }

  function seed(over: Partial<Run> = {}, usage = { inputTokens: 0, outputTokens: 0, costMicroUsd: 0 }): Run {
    const run = makeRunRow({ created_at: now(), ...over });
    held.set(run.id, {
      run,
      entries: [],
      escalations: [],
      policy: null,
      score: null,
      usage,
      reviewUsage: null,
      followUp: null,
    });
    return run;
  }

  function append(id: string, draft: Draft, at = now()): Recorded {
    const { run, entries } = get(id);
    const facts = { ...run, id: id as RunId, pr_number: run.pr_number };
    const full: EntryDraft = {
      run_id: facts.id,
      step: 'step',
      n: entries.length,
      actor: { kind: 'system', id: 'slipway' },
      rationale: 'Because.',
      outcome: 'done',
      payload: {},
      ...draft,
    };
    const settings = { profile: 'production', requiredFields: [], version: 'slipway/0.0.0-test', now: at } as const;
    const { entry } = buildEntry(facts, full, settings);
    seq += 1;
    const recorded = { receipt: makeReceipt(String(seq), digestOf(String(seq))), entry, recordedAt: at };
    entries.push(recorded);
    return recorded;
  }

  function enqueue(request: EnqueueRequest, caller: Caller) {
    calls.push({ verb: 'enqueue', caller });
    if (request.repo !== 'acme/shop')
      throw new InputError(
        [{ field: 'repo', problem: `no service is configured for ${request.repo}`, fix: 'add it to slipway.yaml' }],
        404,
      );
    if (request.service !== undefined && request.service !== 'shop')
      throw new InputError(
        [{ field: 'service', problem: `${request.service} is not a service of acme/shop`, fix: 'use shop' }],
        422,
      );
    const same = [...held.values()].map((h) => h.run).filter((run) => run.pr_number === request.pr_number);
    const exists = same.find((run) => run.head_sha === request.head_sha);
    if (exists)
      return exists.stop_kind === 'superseded' && same.at(-1) !== exists
        ? { kind: 'older_head' as const, current: same.at(-1)! }
        : { kind: 'exists' as const, run: exists };
    for (const run of same) update(run.id, { stop_kind: 'superseded' });
    const { repo, pr_number, head_sha, title, author, dry_run } = request;
    const run = seed({ repo, pr_number, head_sha, title, author, dry_run, status: 'queued' });
    append(run.id, { event: 'run_enqueued', stage: 'enqueue', outcome: 'queued' });
    return { kind: 'created' as const, run };
  }

  function update(id: string, over: Partial<Run>): void {
    Object.assign(get(id).run, over);
  }

  function matches(filter: ListFilter) {
    return ({ run }: Held) =>
      (filter.repo === undefined || run.repo === filter.repo) &&
      (filter.pr_number === undefined || run.pr_number === filter.pr_number) &&
      (filter.head_sha === undefined || run.head_sha === filter.head_sha) &&
      (filter.status === undefined || run.status === filter.status) &&
      (filter.outcome === undefined || run.outcome === filter.outcome);
  }

  function decide(id: string, request: DecisionRequest, caller: Caller): DecisionResult | null {
    calls.push({ verb: 'decide', caller });
    const found = held.get(id);
    if (!found) return null;
    const escalation = found.escalations.at(-1);
    if (!escalation) return { kind: 'refused', why: 'not_waiting', detail: 'The run waits for nobody.' };
    if (escalation.decision !== null) {
      const by = found.entries.findLast(({ entry }) => entry.event === 'human_decision')?.entry.actor.id ?? 'slipway';
      return { kind: 'too_late', stored: escalation.decision, by };
    }
    const { person } = caller;
    if (person === null) return { kind: 'refused', why: 'not_a_person', detail: 'Only people decide.' };
    if (request.head_sha !== found.run.head_sha)
      return { kind: 'refused', why: 'stale_head', detail: `The head is now ${found.run.head_sha}.` };
    if (escalation.package.excluded_approvers.includes(person))
      return { kind: 'refused', why: 'wrote_the_change', detail: `${person} had a hand in it.` };
    if (escalation.approvals.includes(person))
      return { kind: 'refused', why: 'already_approved', detail: `${person} has approved.` };
    const approvals = request.decision === 'approve' ? [...escalation.approvals, person] : escalation.approvals;
    const settled = request.decision !== 'approve' || approvals.length >= escalation.approvals_needed;
    const decision = settled ? request.decision : null;
    const stage = escalation.stage as EntryDraft['stage'];
    append(id, {
      event: settled ? 'human_decision' : 'human_approval',
      ...(settled ? { n: escalation.question } : {}),
      stage,
      outcome: request.decision,
      rationale: request.reason,
      actor: { kind: 'human', id: person },
    });
    found.escalations[found.escalations.length - 1] = {
      ...escalation,
      approvals,
      decision,
      decided_at: settled ? now() : null,
    };
    if (settled) update(id, { status: 'running', waiting_for: null });
    return { kind: 'recorded', decision, approvals: approvals.length, needed: escalation.approvals_needed };
  }

  return {
    calls,
    seed,
    append,
    update,
    wait: (id, wait) => void waits.set(id, wait),
    setCanary: (id, canary) => void canaries.set(id, canary),
    entries: (id) => get(id).entries,
    failNextRead: (error) => {
      failure = error;
    },
    setPolicy: (id, policy) => {
      held.set(id, { ...get(id), policy });
    },
    escalate: (id, stage, contextPackage, over = {}) => {
      const reasons = contextPackage.reasons.map((reason) => reason.code);
      const opened = now();
      const deadline = new Date(opened.getTime() + 72 * 3_600_000);
      get(id).escalations.push({
        run_id: id,
        stage,
        reasons,
        package: contextPackage,
        approvals_needed: 1,
        approvals: [],
        void_approvals: [],
        owners: [],
        reminded: 0,
        question: 0,
        rules: null,
        deadline_at: deadline,
        opened_at: opened,
        decided_at: null,
        decision: null,
        ...over,
      });
    },
    enqueue: async (request, caller) => enqueue(request, caller),
    list: async (filter) => {
      const found = [...held.values()]
        .reverse()
        .filter(matches(filter))
        .map((h) => h.run);
      const from = filter.before === undefined ? 0 : found.findIndex((run) => run.id === filter.before) + 1;
      return found.slice(from, from + filter.limit);
    },
    view: async (id) => held.get(id) ?? null,
    openQuestions: async () =>
      [...held.values()]
        .filter(({ run }) => run.status !== 'finished' && run.stop_kind === null)
        .flatMap(({ run, escalations }) =>
          escalations
            .filter(({ decision }) => decision === null)
            .map(({ package: { reasons, excluded_approvers, canary }, ...escalation }) => ({
              ...escalation,
              run,
              stage: Stage.parse(escalation.stage),
              tier: 'standard' as const,
              canary: canary?.kind ?? null,
              reasons,
              excluded_approvers,
            })),
        )
        .sort((a, b) => a.deadline_at.getTime() - b.deadline_at.getTime()),
    whyWaiting: async ({ id }) => waits.get(id) ?? { kind: 'no_flow' },
    decide: async (id, request, caller) => decide(id, request, caller),
    reviewEmergency: async () => null,
    followUps: async () => [],
    canary: async (id) => canaries.get(id) ?? null,
    findings: async (id) => (held.has(id) ? [] : null),
    dismissFinding: async (id, { fingerprint }) =>
      held.has(id) ? { kind: 'refused', why: 'unknown_finding', detail: `there is no finding ${fingerprint}` } : null,
    front: async (id, _reason, caller) => {
      calls.push({ verb: 'front', caller });
      const found = held.get(id);
      if (!found) return null;
      return found.run.status === 'finished' ? 'already_finished' : 'moved';
    },
    cancel: async (id, reason, caller) => {
      calls.push({ verb: 'cancel', caller });
      const found = held.get(id);
      if (!found) return null;
      if (found.run.status === 'finished') return 'already_finished';
      append(id, { event: 'stop_requested', stage: 'operator', outcome: 'cancelled', rationale: reason });
      update(id, { stop_kind: 'cancelled', stop_reason: reason });
      return 'stopping';
    },
    entriesAfter: async (id, after) => {
      const error = failure;
      failure = undefined;
      if (error) throw error;
      return (held.get(id)?.entries ?? []).filter((entry) => BigInt(entry.receipt.seq) > BigInt(after));
    },
  };
}

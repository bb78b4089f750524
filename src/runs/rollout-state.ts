import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import type { EntryKey } from '../audit/entry.ts';
import { findEntry } from '../audit/read-entries.ts';
import type { Config } from '../config/config.ts';
import { batched } from '../store/batched.ts';
import type { Database } from '../store/tables.ts';
import { wholePayload } from './whole-payload.ts';

export interface RolloutState {
  /** What holds now. */
  readonly automated_pct: number;
  /** Whether that is the configuration's word or that of a recorded step. */
  readonly from: 'configuration' | 'step';
  /** How many steps are on the record. */
  readonly steps: number;
}

/**
 * How far automation is rolled out. The last word holds, be it the file's or a recorded step's: a step notes what the file said,
 * and where the file says something else now, somebody has changed it since.
 */
export async function readRollout(db: Kysely<Database>, { rollout }: Pick<Config, 'rollout'>): Promise<RolloutState> {
  const last = await readLast(db, '');
  const steps = last === null ? 0 : last.n + 1;
  if (last === null || last.configured_pct !== rollout.automated_pct)
    return { automated_pct: rollout.automated_pct, from: 'configuration', steps };
  return { automated_pct: last.automated_pct, from: 'step', steps };
}

interface LastStep {
  readonly n: number;
  readonly automated_pct: number;
  readonly configured_pct: number;
}

/** Steps are numbered without a gap, each under a key of its own: looked for this many at once. */
const STEPS_AT_ONCE = 32;

/**
 * The newest step on the record. The table of steps is not asked: the application's role may write there, and only what is
 * on the record was decided. The same question of many steps of runs at once is asked once.
 */
const readLast = batched<Kysely<Database>, LastStep | null>(async (db, asked) => {
  const last = await findLast(db);
  return asked.map(() => last);
});

async function findLast(db: Kysely<Database>): Promise<LastStep | null> {
  let last: Recorded | null = null;
  for (let from = 0; ; from += STEPS_AT_ONCE) {
    const keys = Array.from({ length: STEPS_AT_ONCE }, (_, index) => stepKey(from + index));
    const found = await Promise.all(keys.map((key) => findEntry(db, key)));
    last = found.findLast((step) => step !== null) ?? last;
    if (found.at(-1) === null) break;
  }
  if (last === null) return null;
  const { automated_pct, configured_pct } = StepPayload.parse(await wholePayload(db, last));
  return { n: last.entry.n, automated_pct, configured_pct };
}

function stepKey(n: number): EntryKey {
  return { run_id: null, stage: 'operator', step: 'rollout', event: 'rollout_changed', n };
}

/**
 * Writes down that the file says something else than it did at the last step: its word holds from now on, also once somebody
 * puts the old value back, and an auditor sees that no gate was passed. Before the first step the file alone speaks.
 */
export async function recordConfiguredRollout(deps: {
  db: Kysely<Database>;
  audit: AuditLog;
  config: Config;
}): Promise<void> {
  const { db, config } = deps;
  const last = await readLast(db, '');
  const configured = config.rollout.automated_pct;
  if (last === null || last.configured_pct === configured) return;
  const state: RolloutState = { automated_pct: last.automated_pct, from: 'step', steps: last.n + 1 };
  await recordRolloutStep(deps, state, {
    from: last.automated_pct,
    to: configured,
    by: { kind: 'system', id: 'slipway' },
    reason: `rollout.automated_pct in slipway.yaml is ${configured}, and was ${last.configured_pct} at the last step`,
    evidence: {},
  });
}

export interface RolloutStep {
  readonly from: number;
  readonly to: number;
  readonly by: { readonly kind: 'human' | 'system'; readonly id: string };
  readonly reason: string;
  /** What the step rests on; kept on the record. */
  readonly evidence: Record<string, unknown>;
}

const StepPayload = z.looseObject({ from_pct: z.number(), automated_pct: z.number(), configured_pct: z.number() });

/** The step that stands on the record: another one where two were taken at once. */
export interface RecordedStep {
  readonly from_pct: number;
  readonly automated_pct: number;
  readonly seq: string;
}

/** Records a step, then shows it. Two at once take the same place on the record, and the first of them holds. */
export async function recordRolloutStep(
  { db, audit, config }: { db: Kysely<Database>; audit: AuditLog; config: Config },
  state: RolloutState,
  step: RolloutStep,
): Promise<RecordedStep> {
  const stored = await audit.append(null, {
    ...stepKey(state.steps),
    actor: step.by,
    rationale: step.reason,
    outcome: step.by.kind === 'system' ? 'configured' : step.to > step.from ? 'advanced' : 'taken_back',
    payload: {
      from_pct: step.from,
      automated_pct: step.to,
      configured_pct: config.rollout.automated_pct,
      policy_hash: config.policy_hash,
      evidence: step.evidence,
    },
  });
  const { from_pct, automated_pct, configured_pct } = StepPayload.parse(stored.entry.payload);
  // For replicas of versions that ask the table.
  const row = {
    automated_pct,
    configured_pct,
    actor: stored.entry.actor.id,
    reason: stored.entry.rationale,
    at: stored.recordedAt,
  };
  await db
    .insertInto('slipway.rollout_steps')
    .values({ n: stored.entry.n, ...row })
    .onConflict((conflict) => conflict.column('n').doUpdateSet(row))
    .execute();
  return { from_pct, automated_pct, seq: stored.receipt.seq };
}

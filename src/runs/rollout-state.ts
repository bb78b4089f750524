import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import { batched } from '../store/batched.ts';
import type { Database } from '../store/tables.ts';

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

type LastStep = Pick<Selectable<Database['slipway.rollout_steps']>, 'n' | 'automated_pct' | 'configured_pct'>;

/** The same question of many steps at once is asked once. */
const readLast = batched<Kysely<Database>, LastStep | null>(async (db, asked) => {
  const last = await db
    .selectFrom('slipway.rollout_steps')
    .select(['n', 'automated_pct', 'configured_pct'])
    .orderBy('n', 'desc')
    .limit(1)
    .executeTakeFirst();
  return asked.map(() => last ?? null);
});

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
    run_id: null,
    stage: 'operator',
    step: 'rollout',
    event: 'rollout_changed',
    n: state.steps,
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
  await db
    .insertInto('slipway.rollout_steps')
    .values({
      n: stored.entry.n,
      automated_pct,
      configured_pct,
      actor: stored.entry.actor.id,
      reason: stored.entry.rationale,
      at: stored.recordedAt,
    })
    .onConflict((conflict) => conflict.column('n').doNothing())
    .execute();
  return { from_pct, automated_pct, seq: stored.receipt.seq };
}

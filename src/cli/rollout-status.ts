import type { Command } from 'commander';
import { verifyLog } from '../audit/verify.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { type EscalationFigures, escalationFigures } from '../policy/escalation-figures.ts';
import { decideAdvance, type GateDecision } from '../policy/rollout-gate.ts';
import { describeRate } from '../policy/wilson.ts';
import { readDecidedRuns } from '../runs/read-decided-runs.ts';
import { type RolloutState, readRollout } from '../runs/rollout-state.ts';
import type { Db } from '../store/open-database.ts';
import type { CliIo } from './cli-io.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, fileOf, withDatabase } from './with-stores.ts';

export interface RolloutReport {
  readonly state: RolloutState;
  readonly figures: EscalationFigures;
  readonly audit: {
    readonly ok: boolean;
    readonly entries: number;
    readonly problems: number;
    readonly head: string | null;
  };
  readonly gate: GateDecision;
}

export function registerRolloutStatus(parent: Command, io: CliIo): void {
  parent
    .command('status')
    .summary('show how far automation is rolled out')
    .description(
      'Shows the share of low-risk changes that are automated, the escalation rate behind it, whether the record verifies, and what stands in the way of the next step.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (options: ConfigOption & { json?: boolean }) => {
      const config = readConfig(fileOf(options));
      const report = await withDatabase(options, (db) => readRolloutReport(db, config, new Date()));
      if (options.json === true) return printJson(io, report);
      io.out(describeReport(report, config));
    });
}

/** Everything that the next step depends on, read now. The whole record is verified, which takes its time on a large one. */
export async function readRolloutReport(db: Db, config: Config, now: Date): Promise<RolloutReport> {
  const since = new Date(now.getTime() - config.rollout.window_days * 86_400_000);
  const [state, in_force, runs, verified] = await Promise.all([
    readRollout(db, config),
    isInForce(db, config),
    readDecidedRuns(db, since),
    verifyLog(db),
  ]);
  const figures = escalationFigures(runs);
  const head = verified.head === null ? null : `${verified.head.seq}:${verified.head.chainHash}`;
  const audit = { ok: verified.ok, entries: verified.entries, problems: verified.problems.length, head };
  const gate = decideAdvance({
    automated_pct: state.automated_pct,
    settings: config.rollout,
    figures,
    in_force,
    audit,
  });
  return { state, figures, audit, gate };
}

/** Another file could ask for less than the fleet's does, or name a share that the fleet does not stand at. */
async function isInForce(db: Db, { policy_hash }: Config): Promise<boolean> {
  const newest = await db
    .selectFrom('slipway.runs')
    .select('policy_hash')
    .where('dry_run', '=', false)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest === undefined || newest.policy_hash === policy_hash;
}

export function describeReport({ state, figures, audit, gate }: RolloutReport, config: Config): string {
  const origin = state.from === 'configuration' ? 'as slipway.yaml says' : `by ${state.steps} recorded steps`;
  const lines = [
    `automated     ${state.automated_pct} % of low-risk changes, ${origin}`,
    `reviewed      ${figures.reviewed} changes in ${config.rollout.window_days} days`,
    `escalated     ${describeRate(figures.escalated)}`,
    `shadow        ${figures.shadow} decided by people although code would have; agreed ${describeRate(figures.shadow_agreement)}`,
    `false alarms  ${describeRate(figures.false_positive)} of the settled escalations were approved and fine`,
    `record        ${audit.ok ? 'verifies' : `does NOT verify: ${audit.problems} problems`}, ${audit.entries} entries`,
    ...describeGate(gate),
  ];
  return `${lines.join('\n')}\n`;
}

function describeGate(gate: GateDecision): string[] {
  if (gate.kind === 'complete') return ['next          nothing: all low-risk changes are automated'];
  if (gate.kind === 'may') return [`next          ${gate.next} %: slipway rollout advance`];
  return gate.why.map((why) => `in the way    ${why}`);
}

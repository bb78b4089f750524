import type { Command } from 'commander';
import { verifyLog } from '../audit/verify.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { isAgentIdentity } from '../policy/agent-identity.ts';
import { decidePolicy } from '../policy/decide-policy.ts';
import type { DecidedRun } from '../policy/decided-run.ts';
import { type EscalationFigures, makeEscalationFigures } from '../policy/escalation-figures.ts';
import { type GateSample, makeGateSample, type SampledRun } from '../policy/gate-sample.ts';
import { humanOf } from '../policy/people.ts';
import { policySettings } from '../policy/policy-settings.ts';
import { decideAdvance, type GateDecision } from '../policy/rollout-gate.ts';
import { isAboutTheChange } from '../policy/route-reason.ts';
import { describeRate } from '../policy/wilson.ts';
import { type RolloutState, readRollout } from '../runs/rollout-state.ts';
import type { Db } from '../store/open-database.ts';
import type { CliIo } from './cli-io.ts';
import { eachDecidedRun } from './each-decided-run.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, fileOf, withDatabase } from './with-stores.ts';

export interface RolloutReport {
  readonly state: RolloutState;
  readonly figures: EscalationFigures;
  readonly sample: GateSample;
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
      const report = await withDatabase(options, (db) => readRolloutReport(db, config, io, new Date()));
      if (options.json === true) return printJson(io, report);
      io.out(describeReport(report, config));
    });
}

/** Everything that the next step depends on, read now. The whole record is verified, which takes its time on a large one. */
export async function readRolloutReport(
  db: Db,
  config: Config,
  io: Pick<CliIo, 'err' | 'live'>,
  now: Date,
): Promise<RolloutReport> {
  const since = new Date(now.getTime() - config.rollout.window_days * 86_400_000);
  const figures = makeEscalationFigures();
  const sample = makeGateSample();
  const [state, in_force, verified] = await Promise.all([
    readRollout(db, config),
    isInForce(db, config),
    verifyLog(db),
    eachDecidedRun(db, since, io, (run) => {
      figures.add(run);
      sample.add(sampledRun(config, run));
    }),
  ]);
  const head = verified.head === null ? null : `${verified.head.seq}:${verified.head.chainHash}`;
  const audit = { ok: verified.ok, entries: verified.entries, problems: verified.problems.length, head };
  const measured = { figures: figures.result(), sample: sample.result() };
  const { automated_pct } = state;
  const gate = decideAdvance({ automated_pct, settings: config.rollout, ...measured, in_force, audit });
  return { state, ...measured, audit, gate };
}

/** Names that nobody of the configuration goes by can be made up, so they stand for one author together. */
function sampledRun(config: Config, run: DecidedRun): SampledRun {
  const settings = config.services[run.service] === undefined ? null : policySettings(config, run.service, 100);
  const asksNow =
    run.case !== null &&
    settings !== null &&
    decidePolicy(run.case, settings).route.reasons.some(({ code }) => isAboutTheChange(code));
  return {
    run,
    author: humanOf(config.people, run.author) ?? '',
    isAgent: isAgentIdentity(run.author, config.approvals.agents),
    asksNow,
  };
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

export function describeReport({ state, figures, sample, audit, gate }: RolloutReport, config: Config): string {
  const origin = state.from === 'configuration' ? 'as slipway.yaml says' : `by ${state.steps} recorded steps`;
  const lines = [
    `automated     ${state.automated_pct} % of low-risk changes, ${origin}`,
    `reviewed      ${figures.reviewed} changes in ${config.rollout.window_days} days`,
    `escalated     ${describeRate(figures.escalated)}`,
    `counts        ${sample.escalated.of} pull requests; escalated ${describeRate(sample.escalated)}`,
    ...describeLeftOut(sample),
    `shadow        ${figures.shadow} decided by people although code would have; agreed ${describeRate(figures.shadow_agreement)}`,
    `false alarms  ${describeRate(figures.false_positive)} of the settled escalations were approved and fine`,
    `record        ${audit.ok ? 'verifies' : `does NOT verify: ${audit.problems} problems`}, ${audit.entries} entries`,
    ...describeGate(gate),
  ];
  return `${lines.join('\n')}\n`;
}

const LEFT_OUT: Record<keyof GateSample['left_out'], string> = {
  by_agents: 'written by agents',
  docs_or_tests: 'documents or tests alone',
  not_ended: 'nobody was asked about and that have not ended, or were cancelled',
  of_one_author: 'above the half that one author may count for',
  of_one_day: 'above the fifth that one day may count for',
};

function describeLeftOut({ left_out }: GateSample): string[] {
  return Object.entries(left_out).flatMap(([why, n]) =>
    n === 0 ? [] : [`left out      ${n}: ${LEFT_OUT[why as keyof typeof LEFT_OUT]}`],
  );
}

function describeGate(gate: GateDecision): string[] {
  if (gate.kind === 'complete') return ['next          nothing: all low-risk changes are automated'];
  if (gate.kind === 'may') return [`next          ${gate.next} %: slipway rollout advance`];
  return gate.why.map((why) => `in the way    ${why}`);
}

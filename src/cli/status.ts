import type { Command } from 'commander';
import type { RunJson } from '../http/api/schemas.ts';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { formatReplicas, showWarnings } from './format-fleet.ts';
import { describeState, formatRun } from './format-run.ts';
import { formatTable } from './format-table.ts';
import { formatUsage } from './format-usage.ts';
import { formatWhy } from './format-why.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { shorten } from './printable.ts';

interface StatusOptions extends ClientOptions {
  readonly repo?: string;
  readonly pr?: string;
  readonly status?: string;
  readonly outcome?: string;
  readonly limit?: string;
}

export function registerStatus(parent: Command, io: CliIo): void {
  const command = parent
    .command('status')
    .argument('[run]', 'a run; without it the newest runs and the replicas are listed', parseRunId)
    .summary('list runs, or show one')
    .description('Lists the newest runs and the live replicas, or shows one run.')
    .option('--repo <owner/name>', 'only runs of this repository')
    .option('--pr <number>', 'only runs of this pull request')
    .option('--status <status>', 'queued, running, waiting or finished')
    .option('--outcome <outcome>', 'e.g. deployed, rolled_back')
    .option('--limit <n>', 'at most this many');
  addClientOptions(command).action(async (run: RunId | undefined, options: StatusOptions) => {
    if (run === undefined) await listRuns(options, io);
    else await showRun(run, options, io);
  });
}

async function listRuns(options: StatusOptions, io: CliIo): Promise<void> {
  const { repo, pr, status, outcome, limit } = options;
  const asked = Object.entries({ repo, pr_number: pr, status, outcome, limit });
  const filter = Object.fromEntries(asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const client = openClient(options, io);
  // Who asks for some runs did not ask for the fleet.
  const [runs, fleet] = await Promise.all([
    client.listRuns(filter, io.interrupted()),
    Object.keys(filter).length === 0 ? client.readFleet(io.interrupted()) : null,
  ]);
  if (options.json === true) return printJson(io, fleet === null ? { runs } : { runs, fleet });
  if (fleet !== null) showWarnings(fleet, io);
  if (runs.length === 0) io.err('no runs\n');
  else io.out(formatRuns(runs));
  if (fleet !== null) io.out(`\n${formatReplicas(fleet)}`);
}

function formatRuns(runs: readonly RunJson[]): string {
  const rows = runs.map((run) => [
    run.id,
    `${run.repo}#${run.pr_number}`,
    run.head_sha.slice(0, 10),
    run.outcome ?? `${run.stage}: ${run.status}`,
    run.risk_score?.toFixed(1) ?? '-',
    run.created_at.slice(0, 16).replace('T', ' '),
    shorten(run.outcome_reason ?? (run.waiting_for === null ? run.title : describeState(run)), 60),
  ]);
  return formatTable(['RUN', 'CHANGE', 'HEAD', 'STATE', 'RISK', 'STARTED (UTC)', 'REASON OR TITLE'], rows);
}

async function showRun(id: RunId, options: StatusOptions, io: CliIo): Promise<void> {
  const client = openClient(options, io);
  const detail = await client.readRun(id, io.interrupted());
  if (options.json === true)
    return printJson(io, {
      run: detail.run,
      why_waiting: detail.why_waiting,
      escalations: detail.escalations,
      usage: detail.usage,
      review_usage: detail.review_usage,
    });
  const { input_tokens, output_tokens, cost_microusd } = detail.usage;
  io.out(formatRun(detail.run, detail.why_waiting.text, client.serverUrl));
  io.out(`tokens        ${input_tokens} in, ${output_tokens} out, $${(cost_microusd / 1e6).toFixed(4)}\n`);
  io.out(formatUsage(detail.review_usage));
  for (const { stage, reasons, approvals, approvals_needed, deadline_at, decision } of detail.escalations) {
    const state =
      decision ?? `waiting for a person until ${deadline_at}, ${approvals.length} of ${approvals_needed} approvals`;
    io.out(`escalation    ${stage}: ${reasons.join(', ')}: ${state}\n`);
  }
  io.out(formatWhy(detail));
}

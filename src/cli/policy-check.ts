import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { InputError } from '../errors.ts';
import { BRANCH_POLICY_PATHS, parseBranchPolicy } from '../policy/branch-policy.ts';
import { describeTerms } from '../policy/describe-terms.ts';
import { policySettings } from '../policy/policy-settings.ts';
import { resolveLimits } from '../policy/resolve-limits.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, fileOf } from './with-stores.ts';

interface CheckOptions extends ConfigOption {
  readonly branchPolicy?: string;
  readonly json?: boolean;
}

/** Problems are thrown and shown by the command line itself, with exit code 2. */
export function registerPolicyCheck(parent: Command, io: CliIo): void {
  parent
    .command('check')
    .summary('check a policy and show what holds for each service')
    .description(
      'Checks the policy of slipway.yaml, or with --branch-policy the policy file that a repository keeps on its target branch. Exit 2 with line and column when something is wrong.',
    )
    .option('--branch-policy <file>', `a repository's own file, to be kept as ${BRANCH_POLICY_PATHS.join(' or ')}`)
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: CheckOptions) => {
      if (options.branchPolicy !== undefined) return checkBranchPolicy(options.branchPolicy, options, io);
      const config = readConfig({ fileRequired: true, ...fileOf(options) });
      const services = Object.keys(config.services).map((name) => summarise(config, name));
      const { rollout, approvals } = config;
      const rules = config.escalation.auto_route_to_human;
      if (options.json === true)
        return printJson(io, { ok: true, policy_hash: config.policy_hash, services, rules, approvals, rollout });
      io.out(
        formatTable(
          ['SERVICE', 'TIER', 'THRESHOLD'],
          services.map((service) => [service.name, service.tier, service.threshold]),
        ),
      );
      for (const rule of rules) io.out(`rule      ${rule}\n`);
      io.out(`people    ${approvals.minimum}; agent-authored ${approvals.agent_authored}; `);
      io.out(`from a score of ${approvals.high_risk_score} on ${approvals.high_risk}\n`);
      io.out(`rollout   ${rollout.automated_pct} % of low-risk changes\npolicy    ${config.policy_hash}\n`);
    });
}

function summarise(config: Config, name: string) {
  const settings = policySettings(config, name, config.rollout.automated_pct);
  const none = { window_days: 30, deployed: 0, rolled_back: 0, rejected: 0, known: false, service_rollbacks: 0 };
  const { limits, terms } = resolveLimits({ ...settings, classes: [], record: none, branch: null });
  return { name, tier: settings.tier, threshold: describeTerms(terms), limits };
}

function checkBranchPolicy(file: string, options: CheckOptions, io: CliIo): void {
  const path =
    file.endsWith(BRANCH_POLICY_PATHS[0]) || !file.endsWith('slipway.yaml') ? BRANCH_POLICY_PATHS[0] : 'slipway.yaml';
  const parsed = parseBranchPolicy(path, readText(file));
  if (parsed.kind === 'invalid') throw new InputError([{ field: file, problem: parsed.problem }]);
  const policy = parsed.kind === 'ok' ? parsed.policy : {};
  if (options.json === true) return printJson(io, { ok: true, policy });
  io.out(`ok: asks for ${Object.keys(policy).join(', ') || 'nothing'}\n`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new InputError([{ field: '--branch-policy', problem: `${file} cannot be read (${code})` }]);
  }
}

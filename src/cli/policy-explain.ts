import type { Command } from 'commander';
import type { RunDetail } from '../http/api/schemas.ts';
import type { RunId } from '../ids.ts';
import { describeTerms } from '../policy/describe-terms.ts';
import type { PolicyRecord } from '../policy/policy-record.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { formatScore } from './format-score.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';

export function registerPolicyExplain(parent: Command, io: CliIo): void {
  const command = parent
    .command('explain')
    .argument('<run>', 'the run', parseRunId)
    .summary('show how the policy decided about a run')
    .description(
      'Shows what the record says of how the policy decided about a run: tier, classes, threshold and risk score as sums, each floor below the score, every rule with its result, and why a person is asked.',
    );
  addClientOptions(command).action(async (id: RunId, options: ClientOptions) => {
    const detail = await openClient(options, io).readRun(id, io.interrupted());
    if (detail.policy === null)
      throw new CommandFailure('the policy has not decided about this run', {
        exitCode: EXIT.error,
        fix: 'it does when the review is over: slipway watch <run>',
      });
    const { run, escalations, policy, score } = detail;
    const reasons = escalations.find(({ stage }) => stage === 'review')?.package.reasons ?? [];
    if (options.json === true)
      return printJson(io, { run: run.id, route: run.route, risk_score: run.risk_score, score, reasons, policy });
    io.out(explain(detail, policy, reasons));
  });
}

function explain(
  { run, score }: RunDetail,
  policy: PolicyRecord,
  reasons: readonly { code: string; text: string }[],
): string {
  const { author_record: record, branch_policy: branch, rollout } = policy;
  const fields: [string, string][] = [
    ['change', `${run.repo}#${run.pr_number} ${run.title}`],
    ['route', `${run.route ?? 'none'}; code by itself would ${RECOMMENDS[policy.recommendation]}`],
    ['risk score', run.risk_score?.toFixed(1) ?? 'none'],
    ['threshold', describeTerms(policy.terms)],
    ['tier', policy.tier],
    ['classes', policy.classes.join(', ') || 'none'],
    [
      'history',
      `${record.deployed} deployed, ${record.rolled_back} rolled back, ${record.rejected} rejected in ${record.window_days} days${record.known ? '' : '; not everybody on the change is known'}`,
    ],
    ['rollout', `${rollout.automated_pct} % of low-risk changes; this pull request stands at ${rollout.bucket}`],
    [
      'branch',
      branch === null ? 'no policy file on the target branch' : `${branch.path} at ${branch.target_sha.slice(0, 12)}`,
    ],
    ['policy', policy.effective_policy],
  ];
  const lines = [
    ...fields.map(([name, value]) => `${name.padEnd(14)}${value}`),
    ...policy.notes.map((note) => `${'note'.padEnd(14)}${note}`),
    ...(score === null ? [] : formatScore(score)),
    ...policy.rules.map(
      ({ expression, result, detail }) =>
        `${'rule'.padEnd(14)}${result.padEnd(8)} ${expression}${detail && ` (${detail})`}`,
    ),
    ...reasons.map(({ code, text }) => `${'asks because'.padEnd(14)}${code}: ${text}`),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

const RECOMMENDS: Record<PolicyRecord['recommendation'], string> = {
  approve: 'approve',
  reject: 'reject',
  none: 'not say',
};

import { z } from 'zod';
import type { RunDetail } from '../http/api/schemas.ts';
import { describeTerms } from '../policy/describe-terms.ts';
import type { PolicyRecord } from '../policy/policy-record.ts';
import { REASON_WORDS } from '../policy/reason-words.ts';
import { RouteReason } from '../policy/route-reason.ts';
import { formatScore } from './format-score.ts';
import { printable } from './printable.ts';

const Reviewed = z.object({ reasons: z.array(RouteReason) });

/** Why people were asked: as the review recorded it, else as they were told. */
export function reasonsOf({ entries, escalations }: Pick<RunDetail, 'entries' | 'escalations'>): RouteReason[] {
  const review = entries.findLast(({ entry }) => entry.event === 'review_evaluation');
  const recorded = Reviewed.safeParse(review?.entry.payload);
  if (recorded.success) return recorded.data.reasons;
  const told = escalations.find(({ stage }) => stage === 'review')?.package.reasons ?? [];
  return z.array(RouteReason).catch([]).parse(told);
}

/** The answer first, each reason with what it means, then every number that it rests on, for somebody who asks why. */
export function formatPolicy(detail: RunDetail, policy: PolicyRecord): string {
  const { run, score } = detail;
  const lines = [
    field('change', `${run.repo}#${run.pr_number} ${run.title}`),
    ...answer(detail, policy),
    ...became(detail),
    '',
    field('risk score', compare(run.risk_score, policy)),
    ...(score === null ? [] : formatScore(score).map(printable)),
    field('threshold', describeTerms(policy.terms)),
    ...policy.notes.map((note) => field('note', note)),
    ...policy.rules.map(({ expression, result, detail: why }) =>
      field('rule', `${result.padEnd(8)} ${expression}${why && ` (${why})`}`),
    ),
    ...background(policy),
  ];
  return `${lines.join('\n')}\n`;
}

function field(name: string, text: string): string {
  return `${name.padEnd(14)}${printable(text)}`;
}

function answer(detail: RunDetail, policy: PolicyRecord): string[] {
  const { run } = detail;
  if (run.route === 'automated') {
    const threshold = policy.risk_score_max;
    return [
      field('answer', 'automated: nothing at all speaks for a person'),
      field(
        '',
        `the score ${run.risk_score?.toFixed(1) ?? 'none'} is below ${threshold}, no fact or finding asks for one,`,
      ),
      field('', `${holding(policy)}, and the rollout takes it (${rollout(policy)})`),
    ];
  }
  if (run.route === null)
    return [field('answer', 'not settled: the review is on the record, the run goes on from there')];
  const reasons = reasonsOf(detail);
  const shadow = reasons.length > 0 && reasons.every(({ code }) => code === 'rollout');
  return [
    field(
      'answer',
      shadow ? 'a person is asked, though code would have let it through' : `a person is asked${ownWord(policy)}`,
    ),
    ...reasons.flatMap(({ code, text }) => [field('because', `${text} (${code})`), field('', REASON_WORDS[code])]),
    ...(reasons.length === 0 ? [field('because', `its reasons did not come along: slipway audit show ${run.id}`)] : []),
    ...(shadow
      ? [field('', `it was reviewed as any other, and the decision is compared with code’s (${rollout(policy)})`)]
      : []),
  ];
}

function ownWord({ recommendation }: PolicyRecord): string {
  if (recommendation === 'reject') return '; code by itself would reject it';
  return recommendation === 'approve' ? '; code by itself would approve it' : '; code by itself does not say';
}

function holding({ rules }: PolicyRecord): string {
  if (rules.length === 0) return 'there are no rules';
  return rules.length === 1 ? 'the one rule does not hold' : `none of ${rules.length} rules holds`;
}

function became({ run, escalations }: RunDetail): string[] {
  const decided = escalations.flatMap(({ stage, decision }) => (decision === null ? [] : [`${decision} at ${stage}`]));
  const open = run.status !== 'finished' && escalations.some(({ decision }) => decision === null);
  const waiting = open ? ['waits for a person'] : [];
  const all = [...decided, ...waiting, ...(run.outcome === null ? [] : [run.outcome])];
  return all.length === 0 ? [] : [field('became of it', all.join(', then '))];
}

function compare(score: number | null, { risk_score_max: threshold }: PolicyRecord): string {
  if (score === null) return 'none, which is a person’s';
  const side = score < threshold ? 'below' : 'not below';
  return `${score.toFixed(1)}, ${side} the threshold of ${threshold}`;
}

function rollout({ rollout: { automated_pct: pct, bucket } }: PolicyRecord): string {
  if (pct >= 100) return 'it takes all of them';
  return `it takes low-risk fixes that stand below ${pct}; this pull request stands at ${bucket} of 100`;
}

/** What tightened or loosened it, and where the policy came from. */
function background(policy: PolicyRecord): string[] {
  const { author_record: record, branch_policy: branch } = policy;
  const known = record.known ? '' : '; not everybody on the change is known';
  return [
    field('tier', policy.tier),
    field('classes', policy.classes.join(', ') || 'none'),
    field(
      'history',
      `${record.deployed} deployed, ${record.rolled_back} rolled back, ${record.rejected} rejected in ${record.window_days} days${known}`,
    ),
    field('rollout', rollout(policy)),
    field(
      'branch',
      branch === null ? 'no policy file on the target branch' : `${branch.path} at ${branch.target_sha.slice(0, 12)}`,
    ),
    field('policy', policy.effective_policy),
  ];
}

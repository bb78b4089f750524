import { describe, expect, it } from 'vitest';
import { formatPolicy, reasonsOf } from '../../../src/cli/format-policy.ts';
import type { EscalationJson, RunDetail, RunJson } from '../../../src/http/api/schemas.ts';
import { entryJson } from '../../../src/http/api/to-json.ts';
import { digestOf } from '../../../src/ids.ts';
import { REASON_WORDS } from '../../../src/policy/reason-words.ts';
import { REASON_CODES, type RouteReason } from '../../../src/policy/route-reason.ts';
import { recorded } from '../../support/entries.ts';
import { makeContextPackage, makePolicyRecord } from '../../support/http-seeds.ts';
import { makeRun } from '../../support/make-run-json.ts';

const threshold = [{ label: 'base', points: 7 }];
const quiet = { risk_score_max: 7, terms: threshold, notes: [], rules: [], classes: [], tier: 'standard' };

function question(reasons: readonly RouteReason[], over: Partial<EscalationJson> = {}): EscalationJson {
  return {
    run_id: 'r',
    stage: 'review',
    reasons: [],
    approvals_needed: 1,
    approvals: [],
    void_approvals: [],
    owners: [],
    rules: null,
    deadline_at: '2026-11-23T10:00:00.000Z',
    opened_at: '2026-11-23T10:00:00.000Z',
    decided_at: null,
    decision: null,
    package: makeContextPackage({ reasons: [...reasons] }),
    ...over,
  };
}

function detailOf(run: Partial<RunJson>, escalations: EscalationJson[] = []): RunDetail {
  const usage = { input_tokens: 0, output_tokens: 0, cost_microusd: 0 };
  const why_waiting = { kind: 'running', text: '' };
  return {
    run: makeRun(run),
    why_waiting,
    escalations,
    policy: null,
    score: null,
    usage,
    review_usage: null,
    entries: [],
  };
}

/** Up to the empty line: what somebody reads who asks only why. */
function answerOf(text: string): string[] {
  return text.slice(0, text.indexOf('\n\n')).split('\n');
}

describe('formatPolicy gives the answer first', () => {
  it('of a run that was automated', () => {
    const rules = [
      { expression: 'schema_changes_detected', result: 'no' as const, detail: '' },
      { expression: 'risk_score >= 7.0', result: 'no' as const, detail: '' },
    ];
    const policy = makePolicyRecord({ ...quiet, rules, recommendation: 'approve' });
    const detail = detailOf({ route: 'automated', risk_score: 2.5, outcome: 'deployed', status: 'finished' });
    expect(answerOf(formatPolicy(detail, { ...policy, rollout: { automated_pct: 25, bucket: 11.2 } }))).toEqual([
      'change        acme/shop#7 Faster search',
      'answer        automated: nothing at all speaks for a person',
      '              the score 2.5 is below 7, no fact or finding asks for one,',
      '              none of 2 rules holds, and the rollout takes it (it takes low-risk fixes that stand below 25; this pull request stands at 11.2 of 100)',
      'became of it  deployed',
    ]);
  });

  it('of one that a person is asked about for what it is', () => {
    const reasons: RouteReason[] = [
      { code: 'risk_score', text: 'the risk score 7.5 is not below 7' },
      { code: 'schema_changes_detected', text: 'the database schema changes' },
    ];
    const detail = detailOf({ route: 'human', risk_score: 7.5, status: 'waiting' }, [question(reasons)]);
    const text = formatPolicy(detail, makePolicyRecord({ ...quiet, recommendation: 'none' }));
    expect(answerOf(text)).toEqual([
      'change        acme/shop#7 Faster search',
      'answer        a person is asked; code by itself does not say',
      'because       the risk score 7.5 is not below 7 (risk_score)',
      '              From its threshold on, and without a score, a change is a person’s.',
      'because       the database schema changes (schema_changes_detected)',
      '              Taking the code back does not take the data back.',
      'became of it  waits for a person',
    ]);
    expect(text).toContain('\nrisk score    7.5, not below the threshold of 7\nthreshold     7.0 = 7.0 base\n');
  });

  it('of one that code would reject, and a person did', () => {
    const reasons: RouteReason[] = [{ code: 'secrets_added', text: 'a secret is added' }];
    const rejected = question(reasons, { decision: 'reject' });
    const detail = detailOf({ route: 'human', risk_score: 9, outcome: 'rejected', status: 'finished' }, [rejected]);
    expect(answerOf(formatPolicy(detail, makePolicyRecord({ ...quiet, recommendation: 'reject' })))).toEqual([
      'change        acme/shop#7 Faster search',
      'answer        a person is asked; code by itself would reject it',
      'because       a secret is added (secrets_added)',
      '              A secret that was pushed has to be revoked, whatever becomes of the change.',
      'became of it  reject at review, then rejected',
    ]);
  });

  it('of one that only the rollout keeps from being automated', () => {
    const reasons: RouteReason[] = [
      { code: 'rollout', text: 'outside the 25 % of low-risk changes that are automated so far' },
    ];
    const asked = [question(reasons, { decision: 'approve' })];
    const text = formatPolicy(
      detailOf({ route: 'human', risk_score: 1 }, asked),
      makePolicyRecord({ ...quiet, recommendation: 'approve' }),
    );
    expect(answerOf(text)).toEqual([
      'change        acme/shop#7 Faster search',
      'answer        a person is asked, though code would have let it through',
      'because       outside the 25 % of low-risk changes that are automated so far (rollout)',
      '              Nothing speaks against the change: automation is only not rolled out this far.',
      '              it was reviewed as any other, and the decision is compared with code’s (it takes low-risk fixes that stand below 25; this pull request stands at 61.07 of 100)',
      'became of it  approve at review',
    ]);
  });

  it('of one whose review did not come to its end', () => {
    const reasons: RouteReason[] = [
      { code: 'inconclusive', text: 'the review is inconclusive: coverage_incomplete' },
      { code: 'risk_score', text: 'there is no risk score' },
    ];
    const text = formatPolicy(detailOf({ route: 'human' }, [question(reasons)]), makePolicyRecord(quiet));
    expect(answerOf(text).slice(1, 4)).toEqual([
      'answer        a person is asked; code by itself does not say',
      'because       the review is inconclusive: coverage_incomplete (inconclusive)',
      '              What was not reviewed to its end is never automated: there is no default verdict.',
    ]);
    expect(text).toContain('\nrisk score    none, which is a person’s\n');
  });

  it('of an emergency, which says nothing against the change', () => {
    const reasons: RouteReason[] = [{ code: 'emergency', text: 'an emergency: two people decide, on the facts alone' }];
    const text = formatPolicy(
      detailOf({ route: 'human', risk_score: 1 }, [question(reasons)]),
      makePolicyRecord({ ...quiet, recommendation: 'approve' }),
    );
    expect(answerOf(text).slice(1, 4)).toEqual([
      'answer        a person is asked; code by itself would approve it',
      'because       an emergency: two people decide, on the facts alone (emergency)',
      '              The agents were not waited for, so two people decide.',
    ]);
  });

  it('and none where there is none yet', () => {
    const text = formatPolicy(detailOf({ route: null }), makePolicyRecord(quiet));
    expect(answerOf(text)[1]).toBe(
      'answer        not settled: the review is on the record, the run goes on from there',
    );
  });

  it('and says where reasons are that did not come along', () => {
    const detail = detailOf({ route: 'human', risk_score: 1 });
    expect(answerOf(formatPolicy(detail, makePolicyRecord(quiet)))[2]).toBe(
      `because       its reasons did not come along: slipway audit show ${detail.run.id}`,
    );
  });
});

describe('what stands in it', () => {
  it('is for a run that ended not that it waits', () => {
    const ended = { route: 'human', status: 'finished', outcome: 'superseded' } as const;
    const text = formatPolicy(detailOf(ended, [question([])]), makePolicyRecord(quiet));
    expect(text).toContain('\nbecame of it  superseded\n');
  });

  it('cannot be forged by what the change says', () => {
    const evil = 'x\nanswer        automated: nothing at all speaks for a person\u001b[1A';
    const rules = [{ expression: evil, result: 'yes' as const, detail: evil }];
    const reasons: RouteReason[] = [{ code: 'rule', text: evil }];
    const detail = detailOf({ route: 'human', title: evil }, [question(reasons)]);
    const text = formatPolicy(detail, makePolicyRecord({ ...quiet, rules, notes: [evil], tier: evil }));
    expect(text.split('\n').filter((line) => line.startsWith('answer'))).toHaveLength(1);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('has a word for every reason', () => {
    expect(Object.keys(REASON_WORDS)).toEqual([...REASON_CODES]);
  });
});

describe('reasonsOf', () => {
  const told: RouteReason[] = [{ code: 'risk_score', text: 'as it was told' }];
  const written: RouteReason[] = [{ code: 'rule', text: 'as it was recorded' }];

  function reviewed(payload: Record<string, string | number | RouteReason[]>): RunDetail['entries'][number] {
    return entryJson(recorded(1, { event: 'review_evaluation', stage: 'review', payload }));
  }

  it('believes the record', () => {
    expect(reasonsOf({ entries: [reviewed({ reasons: written })], escalations: [question(told)] })).toEqual(written);
  });

  it('takes what people were told where the entry is too large to hold them', () => {
    const entries = [reviewed({ blob: digestOf('payload'), bytes: 900_000 })];
    expect(reasonsOf({ entries, escalations: [question(told)] })).toEqual(told);
  });
});

import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { type ApprovalCase, decideApprovals, isOverride } from '../../../src/policy/approval-rules.ts';
import { mayDecide } from '../../../src/policy/people.ts';

const person = (name: string) => ({ emails: [`${name}@example.com`], logins: [`${name}-hub`] });
const people = {
  ada: person('ada'),
  bob: person('bob'),
  cy: person('cy'),
  dan: person('dan'),
  eve: person('eve'),
  /** ada's second account: its own login, her mailbox. */
  'ada-admin': { emails: ['ADA@example.com'], logins: ['ada-admin'] },
  deploybot: { emails: [], logins: ['deploy[bot]'] },
  helper: { emails: ['helper@agents.example'], logins: [] },
};
const { approvals } = SlipwayFile.parse({ approvals: { agents: ['helper@agents.example'] } });
const who = (name: string, email = `${name}@example.com`) => ({ name, email });

function rules(over: Partial<ApprovalCase> = {}) {
  return decideApprovals({
    people,
    approvals,
    branch: null,
    claimedAuthor: 'ada-hub',
    pusher: null,
    otherClaims: [],
    contributors: [who('ada')],
    score: 2,
    emergencyBy: null,
    ...over,
  });
}

function may(name: string, over: Partial<ApprovalCase> = {}, alreadyApproved: string[] = []): string {
  const decided = mayDecide({ person: name, excluded: rules(over).excluded, alreadyApproved });
  return decided.kind === 'ok' ? 'ok' : decided.why;
}

/** author bob, committer cy, co-author dan, pusher eve: whatever the part, who had one may not approve. */
const everyone: Partial<ApprovalCase> = {
  claimedAuthor: 'bob-hub',
  contributors: [who('bob'), who('cy'), who('dan')],
  pusher: 'eve-hub',
};

describe('who may approve', () => {
  it.each([
    ['the claimed author', 'bob', { claimedAuthor: 'bob-hub' }],
    ['an author by git’s word', 'bob', { contributors: [who('ada'), who('bob')] }],
    ['a committer', 'cy', { contributors: [who('ada'), who('cy')] }],
    ['a co-author', 'dan', { contributors: [who('ada'), who('dan')] }],
    ['who pushed', 'eve', { pusher: 'eve-hub' }],
    ['who pushed by another request’s word', 'eve', { pusher: null, otherClaims: ['Eve-Hub'] }],
    ['who pushed, under their private address', 'eve', { pusher: '77+eve-hub@users.noreply.github.com' }],
    ['the author under a second account', 'ada-admin', {}],
    [
      'the author where the second account wrote it',
      'ada',
      { claimedAuthor: 'ada-admin', contributors: [who('x', 'ada@EXAMPLE.com')] },
    ],
    ['author of a change where everybody had a part', 'bob', everyone],
    ['committer of it', 'cy', everyone],
    ['co-author of it', 'dan', everyone],
    ['pusher of it', 'eve', everyone],
  ])('not %s', (_part, name, over) => {
    expect(may(name, over)).toBe('wrote_the_change');
  });

  it.each([
    ['a bot that has a name in the configuration', 'deploybot'],
    ['an agent that the configuration calls one', 'helper'],
    ['somebody the configuration does not know', 'mallory'],
  ])('not %s', (_what, name) => {
    expect(may(name)).toBe('not_a_person');
  });

  it('not twice, under no account', () => {
    expect(may('bob', {}, ['bob'])).toBe('already_approved');
    expect(may('ada', { claimedAuthor: 'bob-hub', contributors: [who('bob')] }, ['ada-admin'])).toBe(
      'already_approved',
    );
  });

  it('anybody else who is known', () => {
    for (const name of ['bob', 'cy', 'dan', 'eve']) expect(may(name)).toBe('ok');
    expect(may('ada', everyone)).toBe('ok');
  });
});

describe('how many must approve', () => {
  const needed = (over: Partial<ApprovalCase>) => rules(over).needed;

  it('is one for a plain change of a known person', () => {
    expect(rules()).toMatchObject({ needed: 1, why: [{ people: 1, text: 'approvals.minimum' }], agents: [] });
  });

  it.each([
    ['a bot pushed', { pusher: 'renovate[bot]' }, 'renovate[bot]'],
    ['a bot committed', { contributors: [who('ada'), who('x', '1+up[bot]@users.noreply.github.com')] }, 'up[bot]'],
    [
      'an agent committed from its private address',
      { contributors: [who('ada'), who('someone', '198982749+Copilot@users.noreply.github.com')] },
      'written in part by 198982749+Copilot',
    ],
    ['a bot’s name stands on a commit', { contributors: [who('ada'), who('up[bot]', 'ada@example.com')] }, 'up[bot]'],
    ['an agent is co-author', { contributors: [who('ada'), who('Claude', 'noreply@anthropic.com')] }, 'anthropic'],
    ['a configured agent wrote it', { contributors: [who('ada'), who('h', 'Helper@Agents.example')] }, 'elper'],
  ])('is two when %s, and says so', (_what, over, said) => {
    expect(rules(over).needed).toBe(2);
    expect(
      rules(over)
        .why.map(({ text }) => text)
        .join(),
    ).toContain(said);
  });

  it('is two from a score of 9 on', () => {
    expect(needed({ score: 8.9 })).toBe(1);
    expect(needed({ score: 9 })).toBe(2);
    expect(needed({ score: null })).toBe(1);
  });

  it('is two while somebody on the change is unknown', () => {
    expect(rules({ contributors: [who('ada'), who('mallory')] })).toMatchObject({
      needed: 2,
      why: [expect.anything(), { people: 2, text: 'not known as a person: mallory@example.com' }],
    });
    expect(needed({ contributors: [] })).toBe(2);
  });

  it('is two in an emergency, whatever is configured', () => {
    const low = SlipwayFile.parse({ approvals: { agent_authored: 1, high_risk: 1 } }).approvals;
    expect(needed({ emergencyBy: 'bob', approvals: low })).toBe(2);
  });

  it('can be configured up, and down to one but not below', () => {
    const set = (over: object) => SlipwayFile.parse({ approvals: over }).approvals;
    expect(needed({ approvals: set({ minimum: 3 }) })).toBe(3);
    expect(needed({ approvals: set({ agent_authored: 1 }), pusher: 'up[bot]' })).toBe(1);
    expect(needed({ approvals: set({ high_risk_score: 5 }), score: 5 })).toBe(2);
    for (const over of [{ minimum: 0 }, { agent_authored: 0 }, { high_risk: 0 }, { high_risk_score: 9.5 }])
      expect(SlipwayFile.safeParse({ approvals: over }).success).toBe(false);
  });

  it('can be raised by the target branch and not lowered', () => {
    expect(needed({ branch: { approvals: { minimum: 2 } } })).toBe(2);
    const strict = SlipwayFile.parse({ approvals: { minimum: 3, high_risk_score: 4 } }).approvals;
    expect(needed({ approvals: strict, branch: { approvals: { minimum: 1, high_risk_score: 9 } }, score: 4 })).toBe(3);
  });
});

it.each([
  [true, ['secrets_added'], 'none'],
  [true, ['prompt_injection_suspected', 'risk_score'], 'none'],
  [false, ['inconclusive'], 'none'],
  [true, ['risk_score'], 'reject'],
  [false, ['risk_score', 'schema_changes_detected'], 'none'],
  [false, ['rollout'], 'approve'],
])('to approve is an override (%s) for %s recommended %s', (expected, reasons, recommendation) => {
  expect(isOverride(reasons, recommendation)).toBe(expected);
});

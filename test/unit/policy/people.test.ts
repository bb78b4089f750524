import { describe, expect, it } from 'vitest';
import { excludedPeople, mayDecide } from '../../../src/policy/people.ts';

const people = {
  ada: { emails: ['ada@example.org'], logins: ['ada-l'] },
  bob: { emails: ['bob@example.org', 'Bob@Home.example'], logins: ['Bobby'] },
  cy: { emails: ['cy@example.org'], logins: ['cy'] },
  'ada-ops': { emails: ['ADA@example.org', 'ops@example.org'], logins: [] },
  robot: { emails: [], logins: ['ship-bot[bot]'] },
};

function exclude(claimedAuthor: string, emails: string[], forgeAuthor?: string) {
  return excludedPeople({
    people,
    claimedAuthor,
    forgeAuthor: forgeAuthor ?? null,
    contributors: emails.map((email) => ({ name: 'Any Name', email })),
  });
}

describe('excludedPeople', () => {
  it.each([
    ['a login', 'Bobby'],
    ['a login in other letters', 'bOBBY'],
    ['an e-mail', 'bob@example.org'],
    ['a name of the configuration', 'bob'],
  ])('knows the claimed author by %s', (_how, claimed) => {
    const excluded = exclude(claimed, ['bob@home.example']);
    expect([...excluded.persons]).toEqual(['bob']);
    expect(excluded.unmapped).toEqual([]);
  });

  it('excludes claimed author, forge author and everyone that git names', () => {
    expect([...exclude('cy', ['bob@example.org', 'ada@example.org'], 'ship-bot[bot]').persons].toSorted()).toEqual([
      'ada',
      'ada-ops',
      'bob',
      'cy',
      'robot',
    ]);
  });

  it('excludes every name of one human', () => {
    expect([...exclude('ada-ops', ['ops@example.org']).persons].toSorted()).toEqual(['ada', 'ada-ops']);
  });

  it.each(['12345+Bobby@users.noreply.github.com', 'bobby@users.noreply.github.com'])(
    'knows the private commit address %s',
    (email) => {
      expect([...exclude('bob', [email]).persons]).toEqual(['bob']);
      expect(exclude('bob', [email]).unmapped).toEqual([]);
    },
  );

  it('names who is unknown', () => {
    const excluded = exclude('bob', ['bob@example.org', 'eve@elsewhere.example']);
    expect(excluded.unmapped).toEqual(['eve@elsewhere.example']);
  });

  it('takes an unknown author and an empty word of git as somebody unknown', () => {
    expect(exclude('nobody', ['bob@example.org']).unmapped).toEqual(['nobody']);
    expect(exclude('', ['bob@example.org']).unmapped).toEqual(['(no identity)']);
    expect(exclude('bob', []).unmapped).toEqual(['(contributors unknown)']);
  });

  it('does not believe the name in a commit', () => {
    const excluded = excludedPeople({
      people,
      claimedAuthor: 'cy',
      contributors: [{ name: 'bob', email: 'x@y.example' }],
    });
    expect([...excluded.persons]).toEqual(['cy']);
  });
});

describe('mayDecide', () => {
  const excluded = exclude('bob', ['bob@example.org']);

  it.each([
    ['another person', 'cy', [], 'ok'],
    ['a second person', 'cy', ['ada'], 'ok'],
    ['the author', 'bob', [], 'wrote_the_change'],
    ['a machine', null, [], 'not_a_person'],
    ['somebody not configured', 'mallory', [], 'not_a_person'],
    ['a name in other letters', 'Cy', [], 'not_a_person'],
    ['the same person again', 'cy', ['cy'], 'already_approved'],
    ['the same human under another name', 'ada-ops', ['ada'], 'already_approved'],
  ] as const)('%s: %s after %j is %s', (_who, person, alreadyApproved, expected) => {
    const answer = mayDecide({ person, excluded, alreadyApproved });
    expect(answer.kind === 'ok' ? 'ok' : answer.why).toBe(expected);
  });

  it('lets nobody decide where no people are configured', () => {
    const nobody = excludedPeople({ people: {}, claimedAuthor: 'bob', contributors: [] });
    expect(mayDecide({ person: 'cy', excluded: nobody, alreadyApproved: [] })).toMatchObject({
      kind: 'refused',
      why: 'not_a_person',
    });
  });

  it.each(['author', 'committer', 'co-author', 'claimed author', 'forge author'])('refuses the %s', (role) => {
    const contributors = ['author', 'committer', 'co-author'].map((own) => ({
      name: own,
      email: own === role ? 'cy@example.org' : 'bob@example.org',
    }));
    const excludedHere = excludedPeople({
      people,
      claimedAuthor: role === 'claimed author' ? 'cy' : 'bob',
      forgeAuthor: role === 'forge author' ? 'cy' : 'Bobby',
      contributors,
    });
    expect(mayDecide({ person: 'cy', excluded: excludedHere, alreadyApproved: [] })).toMatchObject({
      why: 'wrote_the_change',
    });
    expect(mayDecide({ person: 'ada', excluded: excludedHere, alreadyApproved: [] })).toEqual({ kind: 'ok' });
  });
});

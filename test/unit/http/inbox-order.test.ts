import { describe, expect, test } from 'vitest';
import {
  choicesOf,
  chosenQuestions,
  inboxAddress,
  kindOf,
  orderQuestions,
  parseInboxChoice,
} from '../../../src/http/pages/inbox-order.ts';
import type { WaitingQuestion } from '../../../src/runs/open-questions.ts';
import { makeRunRow } from '../../support/run-row.ts';

const now = new Date('2026-11-28T10:00:00Z');
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000);

function question(title: string, hours: number, over: Partial<WaitingQuestion> = {}): WaitingQuestion {
  return {
    run: makeRunRow({ title }),
    tier: 'standard',
    stage: 'review',
    canary: null,
    reasons: [],
    owners: [],
    opened_at: now,
    deadline_at: inHours(hours),
    reminded: 0,
    approvals_needed: 1,
    approvals: [],
    excluded_approvers: [],
    ...over,
  };
}
const titles = (questions: readonly WaitingQuestion[]) => questions.map(({ run }) => run.title);

describe('the order of the inbox', () => {
  const emergency = question('emergency', 70, { run: makeRunRow({ title: 'emergency', emergency_reason: 'down' }) });
  const asked = [
    question('later', 50),
    question('owned', 60, { owners: ['mara'] }),
    question('an hour', 1),
    question('under an hour', 0.9),
    emergency,
  ];

  test('what cannot wait, what the viewer owns, then the nearest deadline', () => {
    expect(titles(orderQuestions(asked, 'mara', now))).toEqual([
      'under an hour',
      'emergency',
      'owned',
      'an hour',
      'later',
    ]);
  });

  test('a machine owns nothing', () => {
    const nobodys = [question('owned by nobody', 5, { owners: [''] }), question('sooner', 4)];
    expect(titles(orderQuestions(nobodys, null, now))).toEqual(['sooner', 'owned by nobody']);
  });
});

describe('what is chosen', () => {
  const gate = question('gate', 1, {
    stage: 'canary',
    canary: 'gate',
    run: makeRunRow({ title: 'gate', service: 'api' }),
  });
  const urgent = question('urgent', 9, { run: makeRunRow({ title: 'urgent', emergency_reason: 'down' }) });
  const owned = question('owned', 2, { stage: 'test-gen', owners: ['mara', 'jonas'] });
  const all = [gate, urgent, owned];

  test.each([
    [{ service: 'api' }, ['gate']],
    [{ owner: 'jonas' }, ['owned']],
    [{ kind: 'Canary gate' }, ['gate']],
    [{ kind: 'Emergency' }, ['urgent']],
    [{ kind: 'Review' }, ['urgent']],
    [{ service: 'api', owner: 'jonas' }, []],
    [{ service: 'gone' }, []],
    [{}, ['gate', 'urgent', 'owned']],
  ])('%j shows %j', (query, shown) => {
    expect(titles(chosenQuestions(all, parseInboxChoice(query)))).toEqual(shown);
  });

  test('there is to choose from what waits', () => {
    expect(choicesOf(all)).toEqual({
      service: ['api', 'shop'],
      owner: ['jonas', 'mara'],
      kind: ['Emergency', 'Canary gate', 'Review', 'Tests'],
    });
    expect(kindOf(owned)).toBe('Tests');
  });

  test('an address says the choice and nothing else, and is read as it was written', () => {
    const choice = { service: 'a b', owner: '', kind: '', whose: 'others', from: 25 } as const;
    expect(inboxAddress(choice)).toBe('/?service=a+b&whose=others&from=25');
    expect(parseInboxChoice(Object.fromEntries(new URLSearchParams(inboxAddress(choice).slice(2))))).toEqual(choice);
    expect(inboxAddress(parseInboxChoice({ from: '-1', whose: 'x', service: ['a', 'b'] }))).toBe('/');
  });
});

import { expect, test } from 'vitest';
import { decideSign, type Followed, type SignFacts } from '../../../src/signer/sign.decide.ts';

const at = (size: bigint, hash = 'a') => ({ size, chainHash: hash.repeat(64) });
const followed = (over: Partial<Followed> = {}): Followed => ({
  kind: 'followed',
  head: at(20n, 'c'),
  fresh: 3,
  urgent: false,
  ...over,
});
const decide = (over: Partial<SignFacts> = {}) =>
  decideSign({
    signed: [at(17n)],
    standing: new Map([[17n, at(17n).chainHash]]),
    follow: followed(),
    sinceSignedMs: 9_999,
    ...over,
  });

test('signs every ten seconds, every 256 entries, at once for a verdict, and at the first look', () => {
  const sign = { kind: 'sign', head: at(20n, 'c') };
  expect(decide()).toEqual({ kind: 'nothing' });
  expect(decide({ sinceSignedMs: 10_000 })).toEqual(sign);
  expect(decide({ follow: followed({ fresh: 255 }) })).toEqual({ kind: 'nothing' });
  expect(decide({ follow: followed({ fresh: 256 }) })).toEqual(sign);
  expect(decide({ follow: followed({ urgent: true }) })).toEqual(sign);
  expect(decide({ sinceSignedMs: null })).toEqual(sign);
});

test('signs nothing where nothing is new or nothing is there', () => {
  expect(decide({ sinceSignedMs: null, follow: followed({ fresh: 0, head: at(17n) }) })).toEqual({ kind: 'nothing' });
  expect(
    decide({ signed: [], standing: new Map(), sinceSignedMs: null, follow: followed({ head: null, fresh: 0 }) }),
  ).toEqual({ kind: 'nothing' });
});

test.each<[string, Partial<SignFacts>, RegExp]>([
  [
    'a log that shrank',
    { standing: new Map([[17n, null]]) },
    /shrank: 17 entries were signed, and entry 16 is not there/,
  ],
  ['a log that was rewritten', { standing: new Map([[17n, 'b'.repeat(64)]]) }, /rewritten: entry 16 is not the one/],
  [
    'an older head that is gone, behind a newer one that stands',
    {
      signed: [at(17n), at(5n, 'e')],
      standing: new Map([
        [17n, at(17n).chainHash],
        [5n, 'd'.repeat(64)],
      ]),
    },
    /rewritten: entry 4/,
  ],
  ['two heads of one size', { signed: [at(17n), at(17n, 'b')] }, /two different heads of 17 entries/],
  ['an entry that does not follow', { follow: { kind: 'broken', seq: '18' } }, /entry 18 does not follow/],
])('refuses over %s, whatever is due', (_what, facts, why) => {
  const decision = decide({ sinceSignedMs: null, ...facts });
  expect(decision).toMatchObject({ kind: 'refuse', why: expect.stringMatching(why) });
});

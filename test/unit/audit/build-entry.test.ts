import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryDraft } from '../../../src/audit/audit-log.ts';
import { type BuiltEntry, buildEntry, MAX_BODY_BYTES } from '../../../src/audit/build-entry.ts';
import { parseCanonicalJson } from '../../../src/audit/canonical-json.ts';
import { Entry } from '../../../src/audit/entry.ts';
import { EntryRefused } from '../../../src/audit/entry-refused.ts';
import { digestOf } from '../../../src/ids.ts';
import { build, makeDraft, makeRunFacts, REQUIRED } from '../../support/record.ts';

test('copies what is known of the run and says what was decided', () => {
  const run = makeRunFacts({ risk_score: 2.5 });
  const { entry, body, spilled } = build(run, { model: 'claude-sonnet-5-5' });
  expect(entry).toMatchObject({
    v: 1,
    run_id: run.id,
    trace_id: run.id,
    repo: 'acme/shop',
    pr_number: 42,
    head_sha: run.head_sha,
    base_sha: run.base_sha,
    author: 'ada',
    risk_score: 2.5,
    timestamp: '2026-11-23T12:00:00.000Z',
    agent_version: 'slipway/0.0.0-test claude-sonnet-5-5',
    outcome: 'reviewed',
    sanitised: false,
  });
  expect(Entry.parse(parseCanonicalJson(body))).toEqual(entry);
  expect(spilled).toBeNull();
});

test('the score of the draft stands over that of the run, null too', () => {
  const run = makeRunFacts({ risk_score: 2.5 });
  expect(build(run, { risk_score: 7 }).entry.risk_score).toBe(7);
  expect(build(run, { risk_score: null }).entry.risk_score).toBeNull();
});

test('an entry of no run has the zero trace id', () => {
  const { entry } = build(null, { stage: 'operator', step: 'token.1', event: 'token_created' });
  expect(entry).toMatchObject({ run_id: null, trace_id: '0'.repeat(32), pr_number: null, author: null });
});

test('the id depends on the key and on nothing else', () => {
  const run = makeRunFacts();
  const { entry } = build(run);
  expect(build(run, { rationale: 'Another.', outcome: 'other', payload: {} }).entry.entry_id).toBe(entry.entry_id);
  const others = [
    build(run, { n: 1 }),
    build(run, { step: 'evaluate.2' }),
    build(run, { stage: 'staging' }),
    build(run, { event: 'escalated' }),
    build(makeRunFacts()),
  ];
  expect(new Set([entry.entry_id, ...others.map((other) => other.entry.entry_id)]).size).toBe(6);
  expect(entry.entry_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a long rationale is cut with an ellipsis', () => {
  const { entry } = build(makeRunFacts(), { rationale: 'x'.repeat(1_000_000) });
  expect(entry.rationale).toBe(`${'x'.repeat(3999)}…`);
});

describe('a payload that is too large', () => {
  const payload = {
    route: 'automated',
    score: 1.5,
    text: 'short',
    long: 'y'.repeat(300),
    findings: ['z'.repeat(70_000)],
  };

  test('becomes a blob, and the entry keeps its digest, its size and its short facts', () => {
    const { entry, body, spilled } = build(makeRunFacts(), { payload });
    const text = spilled?.text ?? '';
    expect(parseCanonicalJson(text)).toEqual(payload);
    expect(spilled?.digest).toBe(digestOf(text));
    expect(entry.payload).toEqual({
      route: 'automated',
      score: 1.5,
      text: 'short',
      blob: spilled?.digest,
      bytes: text.length,
    });
    expect(Buffer.byteLength(body)).toBeLessThan(2_000);
  });

  test('of countless short facts keeps a bounded part', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]));
    const { body, spilled } = build(makeRunFacts(), { payload: many });
    expect(spilled).not.toBeNull();
    expect(Buffer.byteLength(body)).toBeLessThan(8_000);
  });

  test('is measured in bytes, not in characters', () => {
    const { spilled } = build(makeRunFacts(), { payload: { text: '漢'.repeat(21_000) } });
    expect(spilled).not.toBeNull();
  });

  test('is refused beyond 8 MiB', () => {
    const huge = { text: 'x'.repeat(8 * 1024 * 1024) };
    expect(() => build(makeRunFacts(), { payload: huge })).toThrow('payload: is larger than 8388608 bytes');
  });
});

test.each([
  ['a control character in the author', { author: 'ada\nFAKE' }, {}, 'author: holds control characters'],
  ['a bidi control in the repo', { repo: 'acme/\u202eshop' }, {}, 'repo: holds control characters'],
  ['a NUL in the actor', {}, { actor: { kind: 'human', id: 'a\u0000' } }, 'actor.id: holds control characters'],
  ['an unknown event', {}, { event: 'nothing_known' }, 'event: Invalid option'],
  ['a bad step', {}, { step: 'Not A Step' }, 'step: Invalid string'],
  ['an empty rationale', {}, { rationale: '' }, 'rationale: Too small'],
  ['a score above ten', {}, { risk_score: 11 }, 'risk_score: Too big'],
  ['a required field that is missing', { author: '' }, {}, 'author: is required by audit.required_fields'],
  ['a payload that is not JSON', {}, { payload: { at: new Date(0) } }, 'payload: $.at: only plain objects'],
])('refuses %s', (_, facts, over, message) => {
  const run = makeRunFacts(facts);
  const draft = { ...makeDraft(run.id), ...over } as ReturnType<typeof makeDraft>;
  const context = { profile: 'production', requiredFields: REQUIRED, version: 'slipway/0', now: new Date() } as const;
  expect(() => buildEntry(run, draft, context)).toThrow(EntryRefused);
  expect(() => buildEntry(run, draft, context)).toThrow(message);
});

test('refuses a draft of another run than the facts', () => {
  const draft = makeDraft(makeRunFacts().id);
  const context = { profile: 'production', requiredFields: [], version: 'slipway/0', now: new Date() } as const;
  expect(() => buildEntry(makeRunFacts(), draft, context)).toThrow('run_id: is not the run whose facts were given');
  expect(() => buildEntry(null, draft, context)).toThrow('run_id: is not the run whose facts were given');
});

test('base_sha and risk_score may be required before they are found; the others may not be missing', () => {
  const run = makeRunFacts({ base_sha: null, risk_score: null });
  const context = { profile: 'production', version: 'slipway/0', now: new Date() } as const;
  const { entry } = buildEntry(run, makeDraft(run.id), {
    ...context,
    requiredFields: ['base_sha', 'risk_score', 'head_sha'],
  });
  expect(entry).toMatchObject({ base_sha: null, risk_score: null });
});

test('minus zero, which has no canonical text of its own, is zero in the entry too', () => {
  const { entry, body } = build(makeRunFacts(), { payload: { at: [-0] } });
  expect(Entry.parse(parseCanonicalJson(body))).toEqual(entry);
});

test('threat 20: whatever a change brings, it becomes an entry within bounds or a refusal that can itself be recorded', () => {
  const poison = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 }),
    fc.constantFrom('\u0000', '\ud800', '\udfff\ud800', '\u202e', '__proto__', 'toJSON', 'x'.repeat(5_000)),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      poison,
      fc.double(),
      fc.constantFrom(undefined, null, true, 1n),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('any'), { maxLength: 4 }),
    map: fc.dictionary(poison, tie('any'), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(
      poison,
      poison,
      poison,
      fc.dictionary(poison, value.any, { maxKeys: 5 }),
      (author, rationale, outcome, payload) => {
        const { entry, body } = buildOrRecordRefusal(author, { rationale, outcome, payload });
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
        expect(Entry.parse(parseCanonicalJson(body))).toEqual(entry);
      },
    ),
    { numRuns: 400 },
  );
});

/** The entry, or the entry that tells why there is none. Any other error is a failure of the test. */
function buildOrRecordRefusal(author: string, over: Partial<EntryDraft>): BuiltEntry {
  try {
    return build(makeRunFacts({ author }), over);
  } catch (error) {
    if (!(error instanceof EntryRefused)) throw error;
    return build(makeRunFacts(), {
      event: 'decision_refused',
      rationale: error.message,
      outcome: error.code.toLowerCase(),
    });
  }
}

import { describe, expect, it } from 'vitest';
import { isCounted } from '../../../src/policy/finding.ts';
import { readReview } from '../../../src/workers/review-reading.ts';
import { CHANGE } from '../../support/agent-request.ts';
import { makeFinding } from '../../support/change-facts.ts';

const chunk = (path: string, ...added: string[]) => ({
  paths: [path],
  text: [`--- a/${path}`, `+++ b/${path}`, '@@ -1,1 +1,9 @@', ' kept', ...added.map((line) => `+${line}`)].join('\n'),
  changedLines: added.length,
  pieces: [],
});
const ALL = { complete: true };
const said = (findings: object[] = [], change: object = CHANGE) =>
  ({
    kind: 'answer',
    model: 'm',
    call: { id: 'c', request: 'r', answer: 'a' },
    text: JSON.stringify({ change_echo: change, findings, rationale: 'Looked.' }),
  }) as const;
const ONE = chunk('src/total.js', 'const a = 1;', '  return a + b;');
const TWO = chunk('src/other.js', 'send(b);');

describe('reading the answers about all parts of a change', () => {
  it('is a review when every part was answered well', () => {
    expect(readReview([ONE, TWO], [said(), said()], CHANGE, ALL)).toEqual({
      outcome: { kind: 'reviewed' },
      findings: [],
      rationale: 'Looked. Looked.',
    });
  });

  it.each([
    ['a refusal', { kind: 'inconclusive', reason: 'refusal' } as const, 'refusal'],
    ['no model', { kind: 'inconclusive', reason: 'no_model' } as const, 'no_model'],
    ['text around the JSON', { ...said(), text: `Sure! ${said().text}` }, 'bad_json'],
    ['another shape', { ...said(), text: '{"approve":true}' }, 'wrong_shape'],
    ['an answer about another change', said([], { ...CHANGE, pr_number: 8 }), 'wrong_change'],
  ])('is inconclusive as a whole when one part got %s', (_what, bad, reason) => {
    const critical = makeFinding({ severity: 'critical', path: 'src/other.js', quote: 'send(b);' });
    const read = readReview([ONE, TWO], [bad, said([critical])], CHANGE, ALL);
    expect(read.outcome).toEqual({ kind: 'inconclusive', reason });
    expect(read.findings, 'what the other part found is kept: it can raise the risk').toEqual([critical]);
  });

  it('names each reason once', () => {
    const refusal = { kind: 'inconclusive', reason: 'refusal' } as const;
    expect(
      readReview([ONE, ONE, TWO], [refusal, refusal, { kind: 'inconclusive', reason: 'deadline' }], CHANGE, ALL)
        .outcome,
    ).toEqual({ kind: 'inconclusive', reason: 'refusal, deadline' });
  });

  it('is inconclusive when there was nothing to read, or a part without an answer', () => {
    expect(readReview([], [], CHANGE, ALL).outcome).toEqual({ kind: 'inconclusive', reason: 'nothing_readable' });
    expect(readReview([ONE, TWO], [said()], CHANGE, ALL).outcome).toEqual({
      kind: 'inconclusive',
      reason: 'nothing_readable',
    });
  });
});

it('is inconclusive when something that should have been read was not, however well the rest was answered', () => {
  expect(readReview([ONE], [said()], CHANGE, { complete: false }).outcome).toEqual({
    kind: 'inconclusive',
    reason: 'coverage_incomplete',
  });
});

describe('a finding', () => {
  const confidenceOf = (over: Parameters<typeof makeFinding>[0]) =>
    readReview([ONE], [said([makeFinding({ confidence: 0.9, ...over })])], CHANGE, ALL).findings[0];

  it('keeps its confidence when its quote stands in that part, in one line or several', () => {
    expect(confidenceOf({ quote: 'return a + b;' })?.confidence).toBe(0.9);
    expect(confidenceOf({ quote: 'const a = 1;\nreturn a + b;' })?.confidence).toBe(0.9);
  });

  it.each([
    ['a quote that is nowhere', { quote: 'return a - b;' }],
    ['half a quote that is nowhere', { quote: 'const a = 1;\nconst b = 2;' }],
    ['no quote', { quote: '  ' }],
    ['a file of another part', { path: 'src/other.js', quote: 'return a + b;' }],
  ])('with %s moves no score any more, and is not dropped', (_what, over) => {
    const finding = confidenceOf({ severity: 'critical', ...over });
    expect(finding).toMatchObject({ severity: 'critical', confidence: 0.49 });
    expect(finding && isCounted(finding)).toBe(false);
  });

  it('never gains confidence', () => {
    expect(confidenceOf({ confidence: 0.1, quote: 'nowhere' })?.confidence).toBe(0.1);
  });
});

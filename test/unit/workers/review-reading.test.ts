import { describe, expect, it } from 'vitest';
import type { DiffChunk } from '../../../src/change/chunk-diff.ts';
import { isCounted } from '../../../src/policy/finding.ts';
import type { AnsweredCall } from '../../../src/workers/ask-agent.ts';
import { alsoInconclusive, readReview } from '../../../src/workers/review/review-reading.ts';
import { CHANGE } from '../../support/agent-request.ts';
import { makeReported } from '../../support/change-facts.ts';

function chunk(path: string, ...lines: string[]): DiffChunk {
  const header = `--- a/${path}\n+++ b/${path}\n`;
  const news = lines.filter((line) => !line.startsWith('-')).length;
  const text = `@@ -1,1 +1,${news + 1} @@ function around(x) {\n kept\n${lines.join('\n')}\n`;
  const piece = { path, header, text, changedLines: lines.length, range: [1, news + 1] as const };
  return { paths: [path], text: header + text, changedLines: lines.length, pieces: [piece] };
}
const said = (findings: object[] = [], change: object = CHANGE) =>
  ({
    kind: 'answer',
    model: 'm',
    call: { id: 'c', request: 'r', answer: 'a' },
    about: CHANGE,
    text: JSON.stringify({ change_echo: change, findings, rationale: 'Looked.' }),
  }) as const;
const ONE = chunk(
  'src/total.js',
  '+const a = 1;',
  '+  return a + b;',
  '-  return old(b);',
  '+',
  '+  return a + b;',
  '+}',
);
const TWO = chunk('src/other.js', '+send(b);');

function read(chunks: readonly DiffChunk[], outcomes: readonly AnsweredCall[], complete = true) {
  const asked = outcomes.flatMap((outcome, at) => {
    const own = chunks[at];
    return own === undefined ? [] : [{ chunk: own, outcome }];
  });
  return readReview(chunks, asked, { complete });
}

describe('reading the answers about all parts of a change', () => {
  it('is a review when every part was answered well', () => {
    expect(read([ONE, TWO], [said(), said()])).toEqual({
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
    const critical = makeReported({ severity: 'critical', path: 'src/other.js', quote: 'send(b);', line: 2 });
    const reading = read([ONE, TWO], [bad, said([critical])]);
    expect(reading.outcome).toEqual({ kind: 'inconclusive', reason });
    expect(reading.findings, 'what the other part found is kept: it can raise the risk').toMatchObject([critical]);
  });

  it('takes an answer that an earlier head got, and only that head’s', () => {
    const earlier = { ...CHANGE, head_sha: 'b'.repeat(40) };
    expect(read([ONE], [{ ...said([], earlier), about: earlier }]).outcome).toEqual({ kind: 'reviewed' });
    expect(read([ONE], [{ ...said(), about: earlier }]).outcome).toMatchObject({ reason: 'wrong_change' });
  });

  it('names each reason once', () => {
    const refusal = { kind: 'inconclusive', reason: 'refusal' } as const;
    const late = { kind: 'inconclusive', reason: 'deadline' } as const;
    expect(read([ONE, ONE, TWO], [refusal, refusal, late]).outcome).toEqual({
      kind: 'inconclusive',
      reason: 'refusal, deadline',
    });
    expect(alsoInconclusive({ kind: 'inconclusive', reason: 'refusal' }, ['verifier: deadline'])).toEqual({
      kind: 'inconclusive',
      reason: 'refusal, verifier: deadline',
    });
    expect(alsoInconclusive({ kind: 'reviewed' }, [])).toEqual({ kind: 'reviewed' });
  });

  it('is inconclusive when there was nothing to read, or a part without an answer', () => {
    expect(read([], []).outcome).toEqual({ kind: 'inconclusive', reason: 'nothing_readable' });
    expect(read([ONE, TWO], [said()]).outcome).toEqual({ kind: 'inconclusive', reason: 'nothing_readable' });
  });

  it('is inconclusive when something that should have been read was not, however well the rest was answered', () => {
    expect(read([ONE], [said()], false).outcome).toEqual({ kind: 'inconclusive', reason: 'coverage_incomplete' });
  });
});

describe('a finding', () => {
  const findingOf = (over: Parameters<typeof makeReported>[0]) => {
    const [finding] = read([ONE], [said([makeReported({ confidence: 0.9, ...over })])]).findings;
    if (finding === undefined) throw new Error('it was dropped');
    return finding;
  };

  it.each([
    ['where it says', { line: 2, quote: 'const a = 1;' }, 'exact', 2, 2],
    ['over several lines', { line: 2, quote: 'const a = 1;\n\n  return a + b;' }, 'exact', 2, 3],
    ['elsewhere: the nearest place is taken', { line: 9, quote: 'return a + b;' }, 'moved', 5, 5],
    ['in a removed line', { line: null, quote: 'return old(b);' }, 'exact', null, null],
    ['in a removed line, though a number is given', { line: 3, quote: 'return old(b);' }, 'moved', null, null],
  ] as const)('stands with its quote %s', (_where, over, grounding, line, end_line) => {
    const finding = findingOf(over);
    expect(finding).toMatchObject({ grounding, line, end_line });
    expect(isCounted(finding)).toBe(true);
  });

  it.each([
    ['a quote that is nowhere', { quote: 'return a - b;' }],
    ['half a quote that is nowhere', { quote: 'const a = 1;\nconst b = 2;' }],
    ['its lines in another order', { quote: 'return a + b;\nconst a = 1;' }],
    ['lines of both sides of the diff', { quote: 'return a + b;\nreturn old(b);' }],
    ['no quote', { quote: '  ' }],
    ['a bracket for a quote', { quote: '}' }],
    ['a file of another part', { path: 'src/other.js', quote: 'return a + b;' }],
  ])('with %s moves no score, and is not dropped', (_what, over) => {
    const finding = findingOf({ severity: 'critical', ...over });
    expect(finding).toMatchObject({ severity: 'critical', grounding: 'absent', confidence: 0.9 });
    expect(isCounted(finding)).toBe(false);
  });

  it('is named by its code and not by its line or its words', () => {
    const here = findingOf({ line: 2, quote: 'const a = 1;', trigger: 'one' }).fingerprint;
    expect(findingOf({ line: 7, quote: '  const   a = 1; ', trigger: 'two', severity: 'low' }).fingerprint).not.toBe(
      '',
    );
    expect(findingOf({ line: 7, quote: 'const a = 1;', trigger: 'two', severity: 'low' }).fingerprint).toBe(here);
    expect(findingOf({ line: 2, quote: 'const a = 1;', category: 'performance' }).fingerprint).not.toBe(here);
  });
});

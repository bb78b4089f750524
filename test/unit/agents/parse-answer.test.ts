import { describe, expect, it } from 'vitest';
import { AgentName } from '../../../src/agents/agent-call.ts';
import { parseAnswer } from '../../../src/agents/parse-answer.ts';
import { makeReported } from '../../support/change-facts.ts';

const expected = { pr_number: 7, head_sha: 'a'.repeat(40) };
const answers = {
  review: { change_echo: expected, findings: [makeReported()], rationale: 'read it' },
  verify: { change_echo: expected, verdict: 'confirmed', reasoning: 'line 3' },
  sceptic: { change_echo: expected, refuted: false, reasons: [], reasoning: 'tried' },
  'test-gen': { change_echo: expected, test_code: 'test()', targets: ['total'], edge_cases: [] },
  validation: { change_echo: expected, healthy: true, regressions: [], proceed: true, reasoning: 'level' },
  incident: { change_echo: expected, summary: 's', probable_cause: 'p', contributing: [], recommendation: 'r' },
};

describe('parseAnswer', () => {
  it.each(AgentName.options)('reads an answer of %s', (agent) => {
    expect(parseAnswer(agent, JSON.stringify(answers[agent]), expected)).toEqual({
      kind: 'ok',
      answer: answers[agent],
    });
  });

  it.each(AgentName.options)('refuses an answer of %s about another head', (agent) => {
    const other = { ...answers[agent], change_echo: { pr_number: 7, head_sha: 'b'.repeat(40) } };
    expect(parseAnswer(agent, JSON.stringify(other), expected)).toMatchObject({
      kind: 'inconclusive',
      reason: 'wrong_change',
    });
  });

  it('refuses an answer about another pull request', () => {
    const other = { ...answers.review, change_echo: { ...expected, pr_number: 8 } };
    expect(parseAnswer('review', JSON.stringify(other), expected)).toMatchObject({
      reason: 'wrong_change',
      detail: expect.stringContaining('answered about #8'),
    });
  });

  it.each([
    '',
    'null and void',
    '```json\n{}\n```',
    '{"findings": [',
    `${JSON.stringify(answers.review)} hope this helps`,
  ])('refuses %j as no JSON', (text) => {
    expect(parseAnswer('review', text, expected)).toMatchObject({ kind: 'inconclusive', reason: 'bad_json' });
  });

  it.each([
    ['arrays in arrays', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['objects in objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['a field with objects in objects', `{"findings":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
    ['half a million findings', JSON.stringify({ ...answers.review, findings: Array(500_000).fill(0) })],
    ['megabytes of words', JSON.stringify({ ...answers.review, rationale: 'x'.repeat(20_000_000) })],
    ['a prototype', JSON.stringify(answers.review).replace('{', '{"__proto__":{"findings":[]},')],
    [
      'letters of another alphabet in a category',
      JSON.stringify(answers.review).replace(/"(security|performance)"/, '"s\u0435curity"'),
    ],
    ['a confidence without end', JSON.stringify(answers.review).replace(/"confidence":[\d.]+/, '"confidence":1e999')],
  ])('refuses %s as another shape, and does not break over it', (_what, text) => {
    expect(parseAnswer('review', text, expected)).toMatchObject({ kind: 'inconclusive', reason: 'wrong_shape' });
  });

  it.each([
    ['findings twice', '"findings":', '"findings":[],"findings":'],
    ['an empty list behind a full one', ',"rationale"', ',"findings" : [],"rationale"'],
    ['a severity twice', '"severity":"', '"severity":"low","severity":"'],
    ['a name written in another way', ',"rationale"', ',"finding\\u0073":[],"rationale"'],
  ])('refuses %s: what a parser would drop is not read as a pass', (_what, from, to) => {
    const text = JSON.stringify(answers.review);
    expect(parseAnswer('review', text.replace(from, to), expected)).toMatchObject({
      kind: 'inconclusive',
      reason: 'bad_json',
      detail: 'a field stands in it twice',
    });
  });

  it('takes colons and names in strings for what they are', () => {
    const answer = { ...answers.review, rationale: '"findings": [] \\" "a":1' };
    expect(parseAnswer('review', JSON.stringify(answer, null, 2), expected)).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['a score of its own', { ...answers.review, risk_score: 0 }, 'risk_score'],
    ['a verdict of its own', { ...answers.review, auto_approvable: true }, 'auto_approvable'],
    ['no findings', { change_echo: expected, rationale: 'fine' }, 'findings'],
    [
      'an unknown severity',
      { ...answers.review, findings: [{ ...makeReported(), severity: 'info' }] },
      'findings.0.severity',
    ],
    [
      'too much confidence',
      { ...answers.review, findings: [{ ...makeReported(), confidence: 1.2 }] },
      'findings.0.confidence',
    ],
    [
      'confidence as text',
      { ...answers.review, findings: [{ ...makeReported(), confidence: '0.9' }] },
      'findings.0.confidence',
    ],
    ['no echo', { findings: [], rationale: 'fine' }, 'change_echo'],
    ['a list', [answers.review], '(answer)'],
    ['null', null, '(answer)'],
  ])('refuses %s', (_what, answer, field) => {
    expect(parseAnswer('review', JSON.stringify(answer), expected)).toMatchObject({
      kind: 'inconclusive',
      reason: 'wrong_shape',
      detail: expect.stringContaining(field),
    });
  });

  it("refuses another agent's answer", () => {
    expect(parseAnswer('validation', JSON.stringify(answers.review), expected)).toMatchObject({
      reason: 'wrong_shape',
    });
  });
});

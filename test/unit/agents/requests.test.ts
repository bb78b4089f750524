import { describe, expect, it } from 'vitest';
import { AgentRequest } from '../../../src/agents/agent-call.ts';
import { buildIncidentRequest } from '../../../src/agents/incident-request.ts';
import type { RequestBase } from '../../../src/agents/request-base.ts';
import { buildReviewRequest } from '../../../src/agents/review-request.ts';
import { shorten } from '../../../src/agents/shorten.ts';
import { buildTestRequest, type TestFacts } from '../../../src/agents/test-request.ts';
import { buildValidationRequest } from '../../../src/agents/validation-request.ts';
import { digestOf } from '../../../src/ids.ts';
import { makeFile } from '../../support/change-facts.ts';

const change = { pr_number: 7, head_sha: 'a'.repeat(40) };
const base: RequestBase = {
  prompt: { text: 'PROMPT', digest: digestOf('PROMPT'), source: 'review.md' },
  model: 'claude-sonnet-5-5',
  maxOutputTokens: 4096,
  change,
};
const measured = { requests: 400, error_rate: 0, p50_ms: 3, p95_ms: 6, p99_ms: 9 };
const arm = { requests: 700, errors: 30, error_rate: 0.04, slow: 0, slow_rate: 0, p99_ms: 20, up: true };
const testFacts: TestFacts = {
  ...base,
  language: 'javascript',
  testFile: 'test/generated/pr-7.test.js',
  command: ['node', '--test', '{file}'],
  gaps: [{ path: 'src/a.js', line: 1, quote: 'export function a() {', trigger: 'no test' }],
  sources: [{ path: 'src/a.js', text: 'export function a() {}' }],
  existingTests: [],
  previous: null,
};

describe('requests', () => {
  it.each([
    [
      'review',
      buildReviewRequest({
        ...base,
        title: 't',
        changeType: 'bugfix',
        files: [makeFile()],
        part: { index: 1, of: 1 },
        diff: 'diff',
      }),
    ],
    ['test-gen', buildTestRequest(testFacts)],
    [
      'validation',
      buildValidationRequest({
        ...base,
        service: 'shop',
        staged: measured,
        base: measured,
        baseline: { ...measured, window_from: '2026-11-22T00:00:00.000Z', window_to: '2026-11-23T00:00:00.000Z' },
        limits: { max_error_rate: 0.005, max_p99_ms: 60 },
        smoke: [{ name: 'GET /healthz', passed: true, detail: '200' }],
      }),
    ],
    [
      'incident',
      buildIncidentRequest({
        ...base,
        service: 'shop',
        canary_pct: 5,
        reason: 'errors',
        thresholds: { error_rate: 0.005, p99_latency_ms: 800 },
        canary: arm,
        control: arm,
        timeline: [],
        files: [makeFile()],
        diff: 'diff',
      }),
    ],
  ])('%s keeps instructions and data apart and names the change', (agent, request) => {
    expect(AgentRequest.parse(request)).toEqual(request);
    expect(request).toMatchObject({
      agent,
      model: 'claude-sonnet-5-5',
      max_output_tokens: 4096,
      system: 'PROMPT',
      input: { task: agent, change },
    });
  });

  it('sends a failure of at most 8 KB, its end above all', () => {
    const failure = `START${'x'.repeat(50_000)}END`;
    const request = buildTestRequest({ ...testFacts, previous: { testCode: 'code', failure } });
    const sent = AgentRequest.shape.input.parse(request.input);
    const text = JSON.stringify(sent);
    expect(Buffer.byteLength(text)).toBeLessThan(10_000);
    expect(text).toContain('START');
    expect(text).toContain('END');
    expect(text).toContain('left out');
  });

  it('sends three existing tests at most', () => {
    const existingTests = ['a', 'b', 'c', 'd'].map((path) => ({ path, text: path }));
    expect(buildTestRequest({ ...testFacts, existingTests }).input).toMatchObject({
      existing_tests: [{ path: 'a' }, { path: 'b' }, { path: 'c' }],
    });
    expect(JSON.stringify(buildTestRequest({ ...testFacts, existingTests }).input)).not.toContain('"d"');
  });
});

describe('shorten', () => {
  it('leaves a short text alone', () => {
    expect(shorten('grün', 5)).toBe('grün');
  });

  it('never exceeds its limit nor breaks a character', () => {
    const short = shorten('ü€😀'.repeat(1000), 400);
    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(400);
    expect(short).not.toContain('\uFFFD');
    expect(short).toMatch(/^ü€/);
  });
});

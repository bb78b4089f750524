import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentName, AgentRequest, ModelClient } from '../../src/agents/agent-call.ts';
import type { Answers } from '../../src/agents/answer-schemas.ts';
import { buildIncidentRequest } from '../../src/agents/incident-request.ts';
import { loadPrompts, type Prompts } from '../../src/agents/load-prompts.ts';
import { makeModelClient } from '../../src/agents/make-model-client.ts';
import { parseAnswer } from '../../src/agents/parse-answer.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import type { RequestBase } from '../../src/agents/request-base.ts';
import { buildReviewRequest } from '../../src/agents/review-request.ts';
import { buildTestRequest, type TestFacts } from '../../src/agents/test-request.ts';
import { buildValidationRequest, type MeasuredVersion } from '../../src/agents/validation-request.ts';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { makeLogger } from '../../src/log.ts';
import { CHANGE } from '../support/agent-request.ts';
import { makeFile } from '../support/change-facts.ts';

const log = makeLogger({ name: 'test', level: 'silent' });
const signal = new AbortController().signal;
let server: ModelServer;
let client: ModelClient;
let prompts: Prompts;
let directory: string;

beforeAll(async () => {
  server = await startModelServer({ port: 0, latencyMs: 10 });
  client = makeModelClient({
    apiKey: 'none',
    baseUrl: server.url,
    requestTimeoutMs: 10_000,
    prices: SHIPPED_PRICES,
    log,
  });
  prompts = await loadPrompts();
  directory = await mkdtemp(join(tmpdir(), 'model-server-'));
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function base(agent: AgentName): RequestBase {
  return { prompt: prompts[agent], model: 'claude-sonnet-5-5', maxOutputTokens: 8192, change: CHANGE };
}

async function ask<A extends AgentName>(agent: A, request: AgentRequest): Promise<Answers[A]> {
  const reply = await client.send(request, signal);
  if (reply.kind !== 'answer') throw new Error(`${reply.kind}: ${reply.detail}`);
  const parsed = parseAnswer(agent, reply.text, CHANGE);
  if (parsed.kind !== 'ok') throw new Error(`${parsed.reason}: ${parsed.detail}`);
  return parsed.answer;
}

function askReview(diff: string) {
  return ask(
    'review',
    buildReviewRequest({
      ...base('review'),
      title: 't',
      changeType: 'feature',
      files: [makeFile()],
      part: { index: 1, of: 1 },
      diff,
    }),
  );
}

function runNode(file: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--test', '--test-reporter=tap', file],
      { cwd: directory, env: { PATH: process.env['PATH'] } },
      (error, stdout, stderr) => {
        resolve({ code: error ? 1 : 0, output: stdout + stderr });
      },
    );
  });
}

describe('startModelServer', () => {
  it('answers a review by our schema and bills by length', async () => {
    const before = server.stats();
    const answer = await askReview('--- a/src/a.js\n+++ b/src/a.js\n@@ -1,0 +1,1 @@\n+  return eval(x);\n');
    expect(answer.findings).toMatchObject([{ category: 'security', severity: 'high', line: 1 }]);
    const after = server.stats();
    expect(after.requests - before.requests).toBe(1);
    expect(after.inputTokens - before.inputTokens).toBeGreaterThan(prompts.review.text.length / 4);
  });

  it('bills exactly what its replies say', async () => {
    const before = server.stats();
    const request = buildReviewRequest({
      ...base('review'),
      title: 't',
      changeType: 'feature',
      files: [],
      part: { index: 1, of: 1 },
      diff: '',
    });
    const replies = await Promise.all([1, 2, 3].map(() => client.send(request, signal)));
    const billed = replies.map((reply) => (reply.kind === 'answer' ? reply.usage : null));
    const after = server.stats();
    expect(billed.reduce((sum, usage) => sum + (usage?.inputTokens ?? 0), 0)).toBe(
      after.inputTokens - before.inputTokens,
    );
    expect(billed.reduce((sum, usage) => sum + (usage?.outputTokens ?? 0), 0)).toBe(
      after.outputTokens - before.outputTokens,
    );
    expect(after.peakInFlight).toBeGreaterThanOrEqual(2);
  });

  it('cuts an answer that is too long, as the real one does', async () => {
    const request = {
      ...buildReviewRequest({
        ...base('review'),
        title: 't',
        changeType: 'feature',
        files: [],
        part: { index: 1, of: 1 },
        diff: '',
      }),
      max_output_tokens: 10,
    };
    expect(await client.send(request, signal)).toMatchObject({
      kind: 'inconclusive',
      reason: 'output_cut',
      usage: { outputTokens: 10 },
    });
  });

  it('refuses what it was not asked properly', async () => {
    const request = {
      ...buildReviewRequest({
        ...base('review'),
        title: 't',
        changeType: 'feature',
        files: [],
        part: { index: 1, of: 1 },
        diff: '',
      }),
      input: { task: 'poem' },
    };
    expect(await client.send(request, signal)).toMatchObject({ kind: 'inconclusive', reason: 'rejected_request' });
    const anonymous = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{}' });
    expect(anonymous.status).toBe(401);
  });

  it('writes a test that fails, then passes once it has read the failure', async () => {
    const source =
      '/**\n * @example double(21) // => 42\n * @example double("x") // throws TypeError\n */\nexport function double(n) {\n  if (typeof n !== "number") throw new TypeError("n");\n  return n * 2;\n}\n';
    const testFile = 'test/generated/pr-7.test.js';
    await mkdir(join(directory, 'src'), { recursive: true });
    await mkdir(join(directory, dirname(testFile)), { recursive: true });
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await writeFile(join(directory, 'src/double.js'), source);
    const facts: TestFacts = {
      ...base('test-gen'),
      language: 'javascript',
      testFile,
      command: ['node', '--test', '{file}'],
      gaps: [{ path: 'src/double.js', line: 5, quote: 'export function double(n) {', trigger: 'no test' }],
      sources: [{ path: 'src/double.js', text: source }],
      existingTests: [],
      previous: null,
    };

    const first = await ask('test-gen', buildTestRequest(facts));
    await writeFile(join(directory, testFile), first.test_code);
    const failed = await runNode(testFile);
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('ERR_MODULE_NOT_FOUND') });

    const second = await ask(
      'test-gen',
      buildTestRequest({ ...facts, previous: { testCode: first.test_code, failure: failed.output } }),
    );
    await writeFile(join(directory, testFile), second.test_code);
    expect(await runNode(testFile)).toMatchObject({ code: 0, output: expect.stringContaining('# pass 3') });
  });

  it('stops a staged version by its numbers, and only by them', async () => {
    const level: MeasuredVersion = { requests: 400, error_rate: 0, p50_ms: 10, p95_ms: 20, p99_ms: 30 };
    const validate = (staged: MeasuredVersion, passed = true) =>
      ask(
        'validation',
        buildValidationRequest({
          ...base('validation'),
          service: 'shop',
          staged,
          base: level,
          baseline: { ...level, window_from: '2026-11-22T00:00:00.000Z', window_to: '2026-11-23T00:00:00.000Z' },
          limits: { max_error_rate: 0.005, max_p99_ms: 95 },
          smoke: [{ name: 'GET /healthz', passed, detail: '200' }],
        }),
      );
    expect(await validate(level)).toMatchObject({ healthy: true, proceed: true, regressions: [] });
    expect(await validate({ ...level, p99_ms: 96 })).toMatchObject({
      proceed: false,
      regressions: ['p99 96.0 ms is above 95.0 ms'],
    });
    expect(await validate({ ...level, error_rate: 0.01 })).toMatchObject({ proceed: false });
    expect(await validate({ ...level, p50_ms: 60 })).toMatchObject({ proceed: false });
    expect(await validate(level, false)).toMatchObject({ proceed: false });
  });

  it('reports an incident in the numbers it was given', async () => {
    const arm = { requests: 700, errors: 35, error_rate: 0.05, slow: 0, slow_rate: 0, p99_ms: 12, up: true };
    const request = buildIncidentRequest({
      ...base('incident'),
      service: 'shop',
      canary_pct: 5,
      reason: 'error rate above the threshold',
      thresholds: { error_rate: 0.005, p99_latency_ms: 800 },
      canary: arm,
      control: { ...arm, requests: 13_000, errors: 0, error_rate: 0 },
      timeline: [],
      files: [makeFile({ path: 'src/pool.js' })],
      diff: '',
    });
    const report = await ask('incident', request);
    expect(report.summary).toContain('Of 700 requests to the new version 35 failed (5.00 %)');
    expect(report.probable_cause).toContain('src/pool.js');
  });
});

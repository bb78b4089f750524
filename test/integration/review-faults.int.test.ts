import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Examined } from '../../src/workers/review/examine-change.ts';
import { makeDirectExaminer } from '../support/examine-directly.ts';
import { type Fault, play } from '../support/faulty-model.ts';
import { flowConfig } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type AskedOf, startPassingModel } from '../support/passing-model.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Reviewed, verified and not refuted by the scripted model, and then automated. */
const HARMLESS = { 'src/price.js': 'export function priceOf(item) {\n  return item.cents / 100;\n}\n' };

type Task = 'review' | 'verify' | 'sceptic';
interface FaultCase {
  readonly name: string;
  readonly task: Task;
  readonly fault: Fault | ((asked: AskedOf) => Fault);
  /** What stands on the record as the reason. */
  readonly reason: string;
}

const answer =
  (of: (asked: AskedOf) => object): FaultCase['fault'] =>
  (asked) => ({ kind: 'answer', text: JSON.stringify(of(asked)) });
const answerOf =
  (model: string, of: (asked: AskedOf) => object): FaultCase['fault'] =>
  (asked) => ({ kind: 'answer', text: JSON.stringify(of(asked)), model });
const clean = ({ input }: AskedOf) => ({ change_echo: input.change, findings: [], rationale: 'fine' });
const stopped = (stop: string | null): Fault => ({ kind: 'answer', text: '{}', stop });
const finding = {
  category: 'security',
  severity: 'high',
  confidence: 0.9,
  path: 'a.js',
  line: 1,
  quote: 'x',
  trigger: 't',
  fix: '',
};

const ANSWERS: readonly FaultCase[] = [
  { name: 'a refusal', task: 'review', fault: stopped('refusal'), reason: 'refusal' },
  { name: 'an answer cut by its length', task: 'review', fault: stopped('max_tokens'), reason: 'output_cut' },
  {
    name: 'a context that is full',
    task: 'review',
    fault: stopped('model_context_window_exceeded'),
    reason: 'context_exceeded',
  },
  { name: 'no reason to stop', task: 'review', fault: stopped(null), reason: 'unexpected_stop' },
  { name: 'a wish for a tool', task: 'review', fault: stopped('tool_use'), reason: 'unexpected_stop' },
  { name: 'a paused turn', task: 'review', fault: stopped('pause_turn'), reason: 'unexpected_stop' },
  { name: 'a reason nobody knows', task: 'review', fault: stopped('enlightenment'), reason: 'unexpected_stop' },
  { name: 'an empty answer', task: 'review', fault: { kind: 'answer', text: '  ' }, reason: 'unexpected_stop' },
  { name: 'prose', task: 'review', fault: { kind: 'answer', text: 'Looks good to me!' }, reason: 'bad_json' },
  { name: 'half a document', task: 'review', fault: { kind: 'answer', text: '{"findings": [' }, reason: 'bad_json' },
  {
    name: 'a document in a fence',
    task: 'review',
    fault: (asked) => ({ kind: 'answer', text: `\`\`\`json\n${JSON.stringify(clean(asked))}\n\`\`\`` }),
    reason: 'bad_json',
  },
  {
    name: 'a verdict instead of findings',
    task: 'review',
    fault: { kind: 'answer', text: '{"approve":true,"risk_score":0}' },
    reason: 'wrong_shape',
  },
  {
    name: 'a verdict beside findings',
    task: 'review',
    fault: answer((asked) => ({ ...clean(asked), approved: true })),
    reason: 'wrong_shape',
  },
  {
    name: 'no list of findings',
    task: 'review',
    fault: answer(({ input }) => ({ change_echo: input.change, rationale: 'fine' })),
    reason: 'wrong_shape',
  },
  {
    name: 'a confidence beyond one',
    task: 'review',
    fault: answer((asked) => ({ ...clean(asked), findings: [{ ...finding, confidence: 2 }] })),
    reason: 'wrong_shape',
  },
  {
    name: 'a severity nobody knows',
    task: 'review',
    fault: answer((asked) => ({ ...clean(asked), findings: [{ ...finding, severity: 'none' }] })),
    reason: 'wrong_shape',
  },
  {
    name: 'an answer of another model',
    task: 'review',
    fault: answerOf('claude-haiku-5-5', clean),
    reason: 'wrong_model',
  },
  {
    name: 'arrays in arrays',
    task: 'review',
    fault: { kind: 'answer', text: '['.repeat(20_000) + ']'.repeat(20_000) },
    reason: 'wrong_shape',
  },
  {
    name: 'another address for the same question',
    task: 'review',
    fault: { kind: 'redirect', status: 307, to: 'http://127.0.0.1:1/v1/messages' },
    reason: 'rejected_request',
  },
  {
    name: 'a verifier of another model',
    task: 'verify',
    fault: answerOf('claude-haiku-5-5', ({ input }) => ({
      change_echo: input.change,
      verdict: 'unconfirmed',
      reasoning: 'r',
    })),
    reason: 'verifier: wrong_model',
  },
  {
    name: 'a sceptic of another model',
    task: 'sceptic',
    fault: answerOf('claude-haiku-5-5', ({ input }) => ({
      change_echo: input.change,
      refuted: false,
      reasons: [],
      reasoning: 'r',
    })),
    reason: 'sceptic: wrong_model',
  },
  {
    name: 'an answer about another pull request',
    task: 'review',
    fault: answer((asked) => ({ ...clean(asked), change_echo: { ...asked.input.change, pr_number: 999 } })),
    reason: 'wrong_change',
  },
  {
    name: 'an answer about another head',
    task: 'review',
    fault: answer((asked) => ({ ...clean(asked), change_echo: { ...asked.input.change, head_sha: 'b'.repeat(40) } })),
    reason: 'wrong_change',
  },
  ...[400, 401, 403, 404, 413, 422].map(
    (status): FaultCase => ({
      name: `status ${status}`,
      task: 'review',
      fault: { kind: 'error', status, type: 'invalid_request_error' },
      reason: 'rejected_request',
    }),
  ),
  { name: 'a verifier that refuses', task: 'verify', fault: stopped('refusal'), reason: 'verifier: refusal' },
  {
    name: 'a verifier that talks',
    task: 'verify',
    fault: { kind: 'answer', text: 'sure' },
    reason: 'verifier: bad_json',
  },
  {
    name: 'a verifier with a third verdict',
    task: 'verify',
    fault: answer(({ input }) => ({ change_echo: input.change, verdict: 'ignore', reasoning: 'r' })),
    reason: 'verifier: wrong_shape',
  },
  {
    name: 'a verifier that speaks of another change',
    task: 'verify',
    fault: answer(() => ({ change_echo: { pr_number: 1, head_sha: 'c' }, verdict: 'unconfirmed', reasoning: 'r' })),
    reason: 'verifier: wrong_change',
  },
  { name: 'a sceptic that refuses', task: 'sceptic', fault: stopped('refusal'), reason: 'sceptic: refusal' },
  { name: 'a sceptic that is cut', task: 'sceptic', fault: stopped('max_tokens'), reason: 'sceptic: output_cut' },
  {
    name: 'a sceptic that says no more than no',
    task: 'sceptic',
    fault: { kind: 'answer', text: '{"refuted":false}' },
    reason: 'sceptic: wrong_shape',
  },
  {
    name: 'a sceptic that is not let in',
    task: 'sceptic',
    fault: { kind: 'error', status: 403 },
    reason: 'sceptic: rejected_request',
  },
];

/** Those that may pass by themselves: tried again until the call's deadline. */
const TRANSPORT: readonly FaultCase[] = [
  {
    name: 'a rate limit that never ends',
    task: 'review',
    fault: { kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': '1' } },
    reason: 'deadline',
  },
  { name: 'a spend limit', task: 'review', fault: { kind: 'error', status: 402 }, reason: 'deadline' },
  { name: 'status 500', task: 'review', fault: { kind: 'error', status: 500 }, reason: 'deadline' },
  {
    name: 'an overloaded model',
    task: 'review',
    fault: { kind: 'error', status: 529, type: 'overloaded_error' },
    reason: 'deadline',
  },
  { name: 'status 503', task: 'review', fault: { kind: 'error', status: 503 }, reason: 'deadline' },
  {
    name: 'a gateway’s page',
    task: 'review',
    fault: { kind: 'body', status: 502, body: '<html>bad gateway</html>' },
    reason: 'deadline',
  },
  {
    name: 'a page with status 200',
    task: 'review',
    fault: { kind: 'body', status: 200, body: '<html>welcome</html>' },
    reason: 'deadline',
  },
  {
    name: 'another document with status 200',
    task: 'review',
    fault: { kind: 'body', status: 200, body: '{"ok":true}' },
    reason: 'deadline',
  },
  { name: 'a closed connection', task: 'review', fault: { kind: 'cut', when: 'before' }, reason: 'deadline' },
  { name: 'half an answer', task: 'review', fault: { kind: 'cut', when: 'during' }, reason: 'deadline' },
  { name: 'silence', task: 'review', fault: { kind: 'silent' }, reason: 'deadline' },
  { name: 'a reply that drips', task: 'review', fault: { kind: 'drip' }, reason: 'deadline' },
  { name: 'silence after the headers', task: 'review', fault: { kind: 'stalled' }, reason: 'deadline' },
  { name: 'a verifier that is silent', task: 'verify', fault: { kind: 'silent' }, reason: 'verifier: deadline' },
  {
    name: 'a sceptic that is overloaded',
    task: 'sceptic',
    fault: { kind: 'error', status: 529 },
    reason: 'sceptic: deadline',
  },
];

let ground: FleetGround;
let model: Awaited<ReturnType<typeof startPassingModel>>;
const all = [...ANSWERS, ...TRANSPORT];
beforeAll(async () => {
  ground = await makeFleetGround();
  model = await startPassingModel((asked, response) => {
    const one = all[asked.input.change.pr_number - 2];
    if (one === undefined || one.task !== asked.input.task) return false;
    play(typeof one.fault === 'function' ? one.fault(asked) : one.fault, response);
    return true;
  });
});
afterAll(async () => {
  await model.close();
  await ground.close();
});

async function examineWith(orchestration: object, pr: number): Promise<Examined> {
  const config = await ground.config(flowConfig('shop', '/nowhere', { orchestration }));
  return makeDirectExaminer(ground, config, model.url)(pr, { files: HARMLESS });
}

function shownOf({ decision, review }: Examined) {
  const { route, reasons } = decision.route;
  const said = reasons.find(({ code }) => code === 'inconclusive')?.text;
  return { outcome: review.outcome, route, said, recommendation: decision.policy.recommendation };
}

function escalated(reason: string) {
  const said = `the review is inconclusive: ${reason}`;
  return { outcome: { kind: 'inconclusive', reason }, route: 'human', said, recommendation: 'none' };
}

describe('a model that fails', () => {
  it('is no fault of the change: without one the same change is automated', async () => {
    const { decision, sceptic } = await examineWith({}, 1);
    expect(decision.route).toMatchObject({ route: 'automated', reasons: [] });
    expect(sceptic).toMatchObject({ refuted: false, inconclusive: [] });
    expect(decision.findings).toMatchObject([{ category: 'coverage', verification: 'confirmed' }]);
  });

  it.each(ANSWERS.map((one, index) => [one.name, one.reason, index] as const))(
    'in what it answers is not automated: %s → %s',
    async (_name, reason, index) => expect(shownOf(await examineWith({}, index + 2))).toEqual(escalated(reason)),
  );

  // Each waits for its own deadline and nothing else.
  it.concurrent.each(TRANSPORT.map((one, index) => [one.name, one.reason, index] as const))(
    'in how it answers is tried again until the deadline, and then not automated: %s → %s',
    async (_name, reason, index) =>
      expect(
        shownOf(
          await examineWith({ agent_call_deadline_s: 3, agent_request_timeout_s: 2 }, ANSWERS.length + index + 2),
        ),
      ).toEqual(escalated(reason)),
  );
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { makeSandbox, type OwnedSandbox } from '../../src/sandbox/make-sandbox.ts';
import type { Flow } from '../support/fleet-flow.ts';
import { effectsOf, GOOD, useFlows } from '../support/flow-cases.ts';
import { SANDBOX_UID } from '../support/sandbox.ts';

const flows = useFlows();
const { withFlow } = flows;
let sandbox: OwnedSandbox;

beforeAll(() => {
  sandbox = makeSandbox({ uid: SANDBOX_UID, log: makeLogger({ level: 'silent', name: 'test' }) });
});
afterAll(() => sandbox.close());

/** What stands on the target branch before the pull request is opened. */
const branch = (files: Record<string, string>) => (repo: Flow['repo']) => {
  repo.commit({ files, message: 'Smoke suite', email: 'owner@example.com' });
};
/** Not below `.slipway/`: a change there goes to a person, and these are to go by themselves. */
const SMOKE_FILE = 'smoke/checks.yaml';
const PASSES = 'checks:\n  - { name: answers, path: /, body_contains: ok }\n';
const FAILS = 'checks:\n  - { name: answers, path: /, body_matches: "never-\\\\d" }\n';

const SUITE = `
  import { writeFileSync } from 'node:fs';
  const answer = await fetch(process.env.SLIPWAY_ENDPOINT + '/anything');
  const text = await answer.text();
  const red = text.includes(process.argv[2]) ? '' : '<failure message="' + answer.status + ' without it"/>';
  writeFileSync('report.xml', '<testsuite><testcase name="asks the staged version">' + red + '</testcase></testsuite>');
  process.exit(red === '' ? 0 : 1);
`;
const suite = (wanted: string) => ({
  command: ['node', 'smoke/suite.mjs', wanted],
  report: 'junit',
  report_file: 'report.xml',
});

async function blocked(flow: Flow, pr: number, files: Record<string, string>): Promise<string> {
  const run = await flow.enqueue(pr, flow.open(pr, files));
  expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'smoke_failed' });
  expect(effectsOf(flow)).toEqual(['deploy staging', 'retire staging']);
  const measured = (await flow.recorded(run.id, 'staging_measured')).entry.payload['measurement'];
  expect(measured).toMatchObject({ measured: null });
  return (await flow.recorded(run.id, 'staging_rejection')).entry.rationale;
}

it.concurrent('runs the checks of the target branch, and a change cannot replace them by its own', () =>
  withFlow(
    async (flow) => {
      const rationale = await blocked(flow, 1, { ...GOOD, [SMOKE_FILE]: PASSES });
      expect(rationale).toBe('answers: the body does not match /never-\\d/');
    },
    { config: { staging: { smoke_file: SMOKE_FILE } }, setUp: branch({ [SMOKE_FILE]: FAILS }) },
  ));

it.concurrent('lets through what passes the checks of the target branch, although the change would fail its own', () =>
  withFlow(
    async (flow) => {
      const run = await flow.enqueue(2, flow.open(2, { ...GOOD, [SMOKE_FILE]: FAILS }));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const { measurement } = (await flow.recorded(run.id, 'staging_measured')).entry.payload;
      expect(measurement).toMatchObject({ smoke: [{ name: 'GET /healthz' }, { name: 'answers', passed: true }] });
    },
    { config: { staging: { smoke_file: SMOKE_FILE } }, setUp: branch({ [SMOKE_FILE]: PASSES }) },
  ));

it.concurrent('blocks when the declared file is not there', () =>
  withFlow(
    async (flow) => {
      const rationale = await blocked(flow, 3, { ...GOOD, [SMOKE_FILE]: PASSES });
      expect(rationale).toContain('smoke file smoke/checks.yaml: is not on the target branch at ');
    },
    { config: { staging: { smoke_file: SMOKE_FILE } } },
  ));

it.concurrent('runs the suite of the target branch in the sandbox, which reaches the staged version', () =>
  withFlow(
    async (flow) => {
      const run = await flow.enqueue(4, flow.open(4, GOOD));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const { measurement } = (await flow.recorded(run.id, 'staging_measured')).entry.payload;
      expect(measurement).toMatchObject({
        smoke: [{ name: 'GET /healthz' }, { name: 'smoke command', passed: true }],
      });
      const events = await flow.events(run.id);
      expect(events.filter((event) => event.startsWith('sandbox_run'))).toEqual([
        'sandbox_run.intended',
        'sandbox_run.completed',
      ]);
    },
    {
      sandbox,
      config: { staging: { smoke_command: suite('ok') } },
      setUp: branch({ 'smoke/suite.mjs': SUITE }),
    },
  ));

it.concurrent('names the failed test of the suite, which the change cannot make green by itself', () =>
  withFlow(
    async (flow) => {
      const rationale = await blocked(flow, 5, { ...GOOD, 'smoke/suite.mjs': 'process.exit(0);' });
      expect(rationale).toContain('smoke command: asks the staged version: 200 without it');
      expect(rationale).toContain('0 passed, 1 failed, 0 skipped, exit code 1');
    },
    {
      sandbox,
      config: { staging: { smoke_command: suite('never said') } },
      setUp: branch({ 'smoke/suite.mjs': SUITE }),
    },
  ));

it.concurrent('blocks where there is no sandbox for the suite', () =>
  withFlow(
    async (flow) => {
      expect(await blocked(flow, 6, GOOD)).toContain('smoke command: was not run');
    },
    { config: { staging: { smoke_command: suite('ok') } }, setUp: branch({ 'smoke/suite.mjs': SUITE }) },
  ));

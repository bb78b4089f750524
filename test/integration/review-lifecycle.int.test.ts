import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunId } from '../../src/ids.ts';
import { packageRoot } from '../../src/package-root.ts';
import { Finding } from '../../src/policy/finding.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { eventually } from '../support/eventually.ts';
import { makeFakeDesk } from '../support/fake-desk.ts';
import { CI, type Flow, person } from '../support/fleet-flow.ts';
import { useFlows } from '../support/flow-cases.ts';
import { makeToken, startTestServer } from '../support/http-server.ts';

const flows = useFlows();
const { withFlow } = flows;
const QUEUES = { queues: ['review', 'agents', 'approvals'] } as const;

const Evaluation = z.object({
  findings: z.array(Finding),
  fixed_findings: z.array(z.string()),
  usage: z.object({ calls: z.int(), reused: z.int(), sent_tokens: z.int(), whole_diff_tokens: z.int() }),
  agent_calls: z.array(z.object({ id: z.string(), reused_from: z.string().optional() })),
});

const HOLE = '  return db.query("SELECT id FROM users WHERE name = \'" + name + "\'");';
const withHole = (more = '') => `export function findUser(db, name) {\n${more}${HOLE}\n}\n`;
const FIXED =
  "export function findUser(db, name) {\n  return db.query('SELECT id FROM users WHERE name = $1', [name]);\n}\n";

async function evaluationOf(flow: Flow, run: Run) {
  const recorded = await eventually(
    `the review of ${run.head_sha}`,
    async () => (await flow.entries(run.id)).find(({ entry }) => entry.event === 'review_evaluation'),
    60_000,
  );
  await eventually('it is settled', async () => (await flow.run(run.id)).route !== null, 60_000);
  return Evaluation.parse(recorded.entry.payload);
}

function findingsOf(desk: RunDesk): Pick<RunDesk, 'findings' | 'dismissFinding'> {
  return {
    findings: (id) => desk.findings(id),
    dismissFinding: (id, dismissal, caller) => desk.dismissFinding(id, dismissal, caller),
  };
}

type Slipway = (...args: string[]) => Promise<{ out: string; err: string; exitCode: number }>;

/** The commands over HTTP against this flow's own findings; `as` gives them the token of a person, or of a machine. */
async function overHttp(flow: Flow, use: (as: (who: string) => Promise<Slipway>) => Promise<void>): Promise<void> {
  const server = await startTestServer(flows.ground.db, { desk: { ...makeFakeDesk(), ...findingsOf(flow.desk) } });
  const run = promisify(execFile);
  try {
    await use(async (who) => {
      const token = await makeToken(flows.ground.db, ['read', 'decide'], who === 'machine' ? null : who);
      const env = { PATH: process.env['PATH'] ?? '', SLIPWAY_URL: server.url, SLIPWAY_TOKEN: token };
      return async (...args) => {
        const argv = [join(packageRoot, 'bin', 'slipway.js'), ...args];
        const ended = run(process.execPath, argv, { cwd: packageRoot, env });
        return ended.then(
          ({ stdout, stderr }) => ({ out: stdout, err: stderr, exitCode: 0 }),
          ({ stdout, stderr, code }) => ({ out: stdout, err: stderr, exitCode: code }),
        );
      };
    });
  } finally {
    await server.close();
  }
}

const serious = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity === 'high');

describe('a pull request over its pushes', () => {
  it.concurrent('carries its findings: open, fixed with its code, reopened when it comes back', () =>
    withFlow(async (flow) => {
      const one = flow.open(1, { 'src/find.js': withHole() });
      const first = await evaluationOf(flow, await flow.enqueue(1, one));
      expect(serious(first.findings)).toMatchObject([{ status: 'new', verification: 'confirmed', line: 2 }]);

      const two = flow.open(1, { 'src/find.js': withHole('  const started = 1;\n') }, { from: one });
      const moved = await evaluationOf(flow, await flow.enqueue(1, two));
      expect(serious(moved.findings), 'the same one, a line further down').toMatchObject([
        { status: 'open', line: 3, fingerprint: serious(first.findings)[0]?.fingerprint },
      ]);

      const three = flow.open(1, { 'src/find.js': FIXED }, { from: two });
      const run = await flow.enqueue(1, three);
      const fixed = await evaluationOf(flow, run);
      expect(serious(fixed.findings)).toEqual([]);
      expect(fixed.fixed_findings).toContain(serious(first.findings)[0]?.fingerprint);
      const listed = await flow.desk.findings(RunId.parse(run.id));
      expect(listed?.filter(({ finding }) => finding.severity === 'high').map(({ state }) => state)).toEqual(['fixed']);

      const four = flow.open(1, { 'src/find.js': withHole() }, { from: three });
      const back = await evaluationOf(flow, await flow.enqueue(1, four));
      expect(serious(back.findings)).toMatchObject([{ status: 'reopened' }]);
    }, QUEUES));

  it.concurrent('asks only about what changed: the answers about the rest are taken from the head before', () =>
    withFlow(
      async (flow) => {
        const page = (n: number, text: string) =>
          `${`export const page${n} = '${text}';\n`.repeat(1)}${`// filler ${n} ${'x'.repeat(80)}\n`.repeat(70)}`;
        const files = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`src/page-${n}.js`, page(n, 'one')]));
        const one = flow.open(2, files);
        const first = await evaluationOf(flow, await flow.enqueue(2, one));
        expect(first.usage.reused).toBe(0);
        expect(first.usage.calls).toBeGreaterThan(2);
        const two = flow.open(2, { ...files, 'src/page-5.js': page(5, 'two') }, { from: one });
        const second = await evaluationOf(flow, await flow.enqueue(2, two));
        expect(second.usage.calls).toBe(first.usage.calls);
        expect(second.usage.reused).toBeGreaterThan(0);
        expect(second.usage.reused).toBeLessThan(second.usage.calls);
        expect(second.usage.sent_tokens).toBeLessThan(first.usage.sent_tokens);
        expect(second.agent_calls.filter(({ reused_from }) => reused_from !== undefined)).toHaveLength(
          second.usage.reused,
        );
      },
      { ...QUEUES, config: { review: { max_part_tokens: 2_500 } } },
    ));

  it.concurrent('heeds a person who dismisses a finding, and nobody who wrote the change', () =>
    withFlow(async (flow) => {
      const one = flow.open(3, { 'src/find.js': withHole() });
      const run = await flow.enqueue(3, one);
      const [finding] = serious((await evaluationOf(flow, run)).findings);
      const id = RunId.parse(run.id);
      const fingerprint = finding?.fingerprint.slice(0, 12) ?? '';
      const ask = (who: typeof CI, name = fingerprint) =>
        flow.desk.dismissFinding(id, { fingerprint: name, reason: 'the name is a constant' }, who);
      expect(await ask(CI)).toMatchObject({ kind: 'refused', why: 'not_a_person' });
      expect(await ask(person('nina'))).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
      expect(await ask(person('somebody')), 'who that is cannot be told').toMatchObject({ why: 'not_a_person' });
      expect(await ask(person('mara'), 'ffffffffffff')).toMatchObject({ kind: 'refused', why: 'unknown_finding' });
      expect(await ask(person('mara'), '')).toMatchObject({ kind: 'refused', why: 'unknown_finding' });
      expect(await ask(person('mara'))).toMatchObject({
        kind: 'dismissed',
        finding: { state: 'dismissed', dismissed_by: 'mara' },
      });
      expect(await ask(person('jonas')), 'the first one stands').toMatchObject({ finding: { dismissed_by: 'mara' } });
      const entries = (await flow.entries(run.id)).filter(({ entry }) => entry.event === 'finding_dismissed');
      expect(entries.map(({ entry }) => [entry.actor.id, entry.rationale])).toEqual([
        ['mara', 'the name is a constant'],
      ]);

      await overHttp(flow, async (as) => {
        const listed = await (await as('machine'))('findings', run.id);
        expect(listed.out).toContain(`${fingerprint}  dismissed by mara: the name is a constant  high`);
        const again = await (await as('mara'))('dismiss', run.id, fingerprint, '--reason', 'as said', '--json');
        expect(JSON.parse(again.out)).toMatchObject({ finding: { dismissed_by: 'mara' } });
        const unknown = await (await as('mara'))('dismiss', run.id, 'ffffffff', '--reason', 'as said');
        expect(unknown).toMatchObject({ out: '', exitCode: 2 });
        expect(unknown.err).toContain('ffffffff');
        const author = await (await as('nina'))('dismiss', run.id, fingerprint, '--reason', 'mine');
        expect(author.out).toBe('');
        expect(author.exitCode).not.toBe(0);
        expect(author.err, 'who wrote the change, over HTTP too').toContain('nina');
        const machine = await (await as('machine'))('dismiss', run.id, fingerprint, '--reason', 'x');
        expect(machine.err).toContain('acts for no person');
      });

      const two = flow.open(3, { 'src/find.js': withHole('  const started = 1;\n') }, { from: one });
      const second = await flow.enqueue(3, two);
      expect(serious((await evaluationOf(flow, second)).findings)).toMatchObject([{ status: 'dismissed' }]);
      const asked = await flow.recorded(second.id, 'escalated');
      expect(JSON.stringify(asked.entry.payload), 'a serious one still asks a person').toContain('uncertain_finding');
    }, QUEUES));
});

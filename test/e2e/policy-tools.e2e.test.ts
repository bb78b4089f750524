import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import type { Config } from '../../src/config/config.ts';
import { RunId } from '../../src/ids.ts';
import { packageRoot } from '../../src/package-root.ts';
import { policySettings } from '../../src/policy/policy-settings.ts';
import { makeSimulation } from '../../src/policy/simulate.ts';
import { compareBranch } from '../../src/runs/compare-branch.ts';
import { readDecidedRuns } from '../../src/runs/read-decided-runs.ts';
import { openRecord } from '../../src/runs/record.ts';
import { over } from '../support/decided-run.ts';
import { CI, type Flow, person } from '../support/fleet-flow.ts';
import { GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

const flows = useFlows();
const { withFlow } = flows;
const LONG_AGO = new Date(0);

/** Reviewed and waiting or finished: all that the policy tools read is there. */
async function review(flow: Flow, pr: number, files: Record<string, string>, outcome?: string) {
  const run = await flow.enqueue(pr, flow.open(pr, files));
  await flow.recorded(run.id, 'review_evaluation');
  await flow.desk.cancel(RunId.parse(run.id), 'seen enough', CI);
  await flow.finished(run.id);
  if (outcome !== undefined)
    await flows.ground.db.updateTable('slipway.runs').set({ outcome }).where('id', '=', run.id).execute();
  return run;
}

async function decidedOf(flow: Flow) {
  const decided = [];
  for await (const run of readDecidedRuns(flows.ground.db, LONG_AGO))
    if (run.service === flow.service) decided.push(run);
  return decided;
}

const settingsOf = (config: Config) => (service: string) =>
  config.services[service] === undefined ? null : policySettings(config, service, config.rollout.automated_pct);

/** A command as an operator calls it, on the stores of these tests. */
async function slipway(file: object, ...args: string[]) {
  const config = join(flows.ground.directory, `policy-${args.join('-').replace(/\W/g, '')}.yaml`);
  await writeFile(config, stringify(file));
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: flows.ground.databaseUrl,
    REDIS_URL: flows.ground.redisUrl,
    SLIPWAY_DATA_DIR: flows.ground.directory,
  };
  const argv = [join(packageRoot, 'bin', 'slipway.js'), ...args, '--config', config];
  return new Promise<{ out: string; err: string; exitCode: number }>((resolve) => {
    execFile(process.execPath, argv, { cwd: packageRoot, env }, (error, out, err) =>
      resolve({ out, err, exitCode: error === null ? 0 : Number(error.code) }),
    );
  });
}

describe('simulate', () => {
  it.concurrent('decides about the record as the fleet did, and differently where the policy is another', () =>
    withFlow(async (flow) => {
      const good = await review(flow, 1, GOOD, 'deployed');
      await review(flow, 2, MIGRATION);
      const runs = await decidedOf(flow);
      expect(over(makeSimulation(settingsOf(flow.config)), runs)).toMatchObject({
        runs: 2,
        replayed: 2,
        skipped: [],
        moved: [],
        asked: { before: { count: 1 }, after: { count: 1 } },
      });
      const stricter = { ...flow.config, thresholds: { ...flow.config.thresholds, risk_score_max: 0.1 } };
      const result = over(makeSimulation(settingsOf(stricter)), runs);
      expect(result.moved).toMatchObject([{ id: good.id, from: 'automated', to: 'human', reasons: ['risk_score'] }]);
      expect(result.asked_in_vain).toBe(1);

      const services = {
        [flow.service]: {
          repository: flow.repo.origin,
          repo: `acme/${flow.service}`,
          delivery: { kind: 'local', command: ['x'] },
        },
      };
      const file = { services, thresholds: { risk_score_max: 0.1 } };
      const asJson = await slipway(file, 'policy', 'simulate', '--since', '1h', '--json');
      expect(asJson.err).toBe('');
      const { moved } = JSON.parse(asJson.out);
      expect(moved).toContainEqual(
        expect.objectContaining({ id: good.id, from: 'automated', to: 'human', reasons: ['risk_score'] }),
      );
      const shown = await slipway(file, 'policy', 'simulate', '--since', '1h', '--limit', '1');
      expect(shown.out).toMatch(/would change {2}\d+ to a person, 0 to automated\n/);
      expect(shown.out).toMatch(/RUN .*\n[0-9a-f]{32} .* automated → human .* risk_score/);
      const wrong = await slipway(file, 'policy', 'simulate', '--limit', 'all');
      expect(wrong).toMatchObject({ exitCode: 2, err: expect.stringContaining('Must be a whole number') });

      const calibrated = await slipway(file, 'policy', 'calibrate', '--service', flow.service, '--json');
      expect(JSON.parse(calibrated.out)).toMatchObject({
        runs: 2,
        figures: [{ group: `standard ${flow.service}`, escalated: { count: 1, of: 2 } }],
      });
      const text = await slipway(file, 'policy', 'calibrate', '--service', flow.service);
      expect(text.out).toMatch(/^runs {10}2 reviewed;.*\nsuggestion {4}\S/);
    }));
});

describe('the rollout', () => {
  it.concurrent('sends what it does not take yet to a person, with what code would have done', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(3, flow.open(3, GOOD));
        await waitsFor(flow, run.id, 'person');
        const view = await flow.desk.view(RunId.parse(run.id));
        expect(view?.escalations[0]?.package).toMatchObject({
          reasons: [{ code: 'rollout' }],
          recommendation: 'approve',
        });
        expect(view?.policy).toMatchObject({ recommendation: 'approve', rollout: { automated_pct: 0 } });
        const decision = { decision: 'approve', reason: 'fine', head_sha: run.head_sha as never } as const;
        await flow.desk.decide(RunId.parse(run.id), decision, person('mara'));
        const entry = await flow.recorded(run.id, 'human_decision');
        expect(entry.entry.payload).toMatchObject({ recommendation: 'approve', override: false });
        await flow.desk.cancel(RunId.parse(run.id), 'seen enough', CI);
        await flow.finished(run.id);
      },
      { config: { rollout: { automated_pct: 0 } } },
    ));
});

describe('slipway rollout', () => {
  const authors = ['ada', 'ben', 'cyd'];
  const people = Object.fromEntries(authors.map((name) => [name, { emails: [`${name}@example.com`] }]));

  let seeded = 1;

  async function seedReviewed(n: number, reasons: readonly string[], file: object): Promise<void> {
    const { policy_hash } = await flows.ground.config(file);
    for (let i = 0; i < n; i += 1) {
      const author = authors[i % 3] ?? 'ada';
      const facts = makeRunFacts({ repo: 'acme/seeded', service: 'seeded', policy_hash, author, pr_number: seeded++ });
      // The newest of all runs, so that the gate finds its policy in force, and the others on earlier days.
      const created_at = new Date(Date.now() - (i % 6) * 86_400_000);
      const run = await insertRun(flows.ground.db, facts, { created_at, outcome: 'deployed' });
      await openRecord(flows.ground.audit, run).append({
        stage: 'review',
        step: 'evaluate',
        event: 'review_evaluation',
        rationale: 'seeded',
        outcome: 'reviewed',
        payload: {
          route: reasons.length === 0 ? 'automated' : 'human',
          reasons: reasons.map((code) => ({ code, text: code })),
          score: { total: 1 },
        },
      });
    }
  }

  it('advances on evidence only, records each step, and goes back without any', async () => {
    const file = { people, rollout: { automated_pct: 10, min_runs: 500 } };
    const step = ['--person', 'ada', '--reason', 'two quiet weeks'];
    const refused = await slipway(file, 'rollout', 'advance', ...step);
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).toContain('rollout.min_runs is 500');

    const enough = { people, rollout: { automated_pct: 10, min_runs: 60 } };
    await seedReviewed(60, [], enough);
    const advanced = await slipway(enough, 'rollout', 'advance', ...step);
    expect(advanced.err).toBe('');
    expect(advanced.out).toMatch(/^10 % → 25 % of low-risk changes, entry \d+\n$/);
    expect((await slipway(enough, 'rollout', 'status')).out).toContain('automated     25 % of low-risk changes, by 1');

    await seedReviewed(40, ['risk_score'], enough);
    const tooMany = await slipway(enough, 'rollout', 'advance', ...step);
    expect(tooMany.exitCode).toBe(1);
    expect(tooMany.err).toContain('of the pull requests that count');
    expect(tooMany.err).toContain('the escalation rate is');
    expect(tooMany.err).toContain('rollout stays at 25 %');

    const back = await slipway(enough, 'rollout', 'retreat', '--to', '5', '--person', 'ada', '--reason', 'noise');
    expect(back.out).toMatch(/^25 % → 5 %/);
    // Somebody edits the file afterwards: that is the last word then.
    const edited = { people, rollout: { automated_pct: 0, min_runs: 60 } };
    expect((await slipway(edited, 'rollout', 'status')).out).toContain(
      'automated     0 % of low-risk changes, as slip',
    );
    const stranger = await slipway(enough, 'rollout', 'retreat', '--to', '1', '--person', 'eve', '--reason', 'x');
    expect(stranger).toMatchObject({ exitCode: 2, err: expect.stringContaining('eve is not under people') });
  });
});

describe('commits that no run brought', () => {
  const stopped = new AbortController().signal;

  it.concurrent('are recorded once, and what a run pushed is none of them', () =>
    withFlow(async (flow) => {
      const repository = makeGit({
        mirrorsDir: join(flow.repo.root, 'compared'),
        artifactsDir: join(flow.repo.root, 'compared-artifacts'),
        log: flows.ground.log,
      });
      const service = flow.config.services[flow.service];
      if (service === undefined) throw new Error('no service');
      const deps = { ...flows.ground, config: flow.config, repository };
      const compare = () => compareBranch(deps, flow.service, service, new Date(), stopped);
      const found = async () =>
        (
          await flows.ground.db
            .selectFrom('audit.entry')
            .select('body')
            .where('event', '=', 'change.unaudited')
            .execute()
        )
          .map(({ body }) => JSON.parse(body))
          .filter((entry) => entry.payload.service === flow.service)
          .map((entry) => [entry.outcome, entry.payload.sha]);

      expect(await compare()).toMatchObject({ kind: 'began' });
      const run = await flow.enqueue(4, flow.open(4, GOOD));
      const ended = await flow.finished(run.id);
      expect(ended.outcome).toBe('deployed');
      expect(await compare()).toMatchObject({ kind: 'compared', commits: 1, unaudited: [] });

      flow.repo.git('fetch', '--quiet', 'origin', 'main');
      flow.repo.git('reset', '--quiet', '--hard', 'FETCH_HEAD');
      const direct = flow.repo.commit({ files: { 'README.md': '# By hand\n' }, message: 'Straight to main' });
      flow.repo.push('main');
      expect(await compare()).toMatchObject({ commits: 1, unaudited: [direct] });
      expect(await compare()).toMatchObject({ commits: 0, unaudited: [] });
      expect(await found()).toEqual([['commit', direct]]);

      flow.repo.git('reset', '--quiet', '--hard', 'HEAD~1');
      const other = flow.repo.commit({ files: { 'README.md': '# Rewritten\n' }, message: 'Forced' });
      flow.repo.push('+main');
      expect(await compare()).toMatchObject({ unaudited: [other] });
      expect(await found()).toEqual([
        ['commit', direct],
        ['history_rewritten', other],
      ]);
    }));
});

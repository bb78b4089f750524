import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import type { RunId } from '../../src/ids.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import { eventually } from '../support/eventually.ts';
import { CI } from '../support/fleet-flow.ts';
import { type FleetGround, hurry, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { startPassingModel } from '../support/passing-model.ts';

const PATIENCE_MS = 120_000;

let ground: FleetGround;
let repo: TestRepo;
let model: Awaited<ReturnType<typeof startPassingModel>>;
let desk: RunDesk;
const replicas: FleetProcess[] = [];

beforeAll(async () => {
  ground = await makeFleetGround();
  repo = makeTestRepo('disk-full');
  repo.commit({ files: { 'package.json': '{ "type": "module" }\n', 'server.js': "console.log('one');\n" } });
  repo.push('main');
  model = await startPassingModel(() => false);
  const repository = makeGit({ mirrorsDir: join(repo.root, 'm'), artifactsDir: join(repo.root, 'a'), log: ground.log });
  desk = makeRunDesk({ ...ground, config: await ground.config(configOf()), repository });
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.kill()));
});
afterAll(async () => {
  await model?.close();
  await ground?.close();
  repo?.remove();
});

function configOf() {
  return {
    services: {
      shop: {
        repository: repo.origin,
        repo: 'acme/shop',
        delivery: { kind: 'local', command: ['node', 'server.js'] },
      },
    },
    people: { nina: { emails: ['nina@example.com'], logins: ['nina'] } },
  };
}

async function startReplica(dataDir: string, under: readonly string[] = []): Promise<void> {
  const file = `${dataDir}.yaml`;
  await writeFile(file, stringify(configOf()));
  const env = {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: dataDir,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  };
  replicas.push(await startProcess('worker', ['--config', file, '--stages', 'review,agents'], env, { under }));
}

async function enqueue(): Promise<RunId> {
  repo.git('checkout', '--quiet', '-B', 'pr-1', 'main');
  const head = repo.commit({ files: { 'src/two.js': 'export const two = 2;\n' }, email: 'nina@example.com' });
  repo.push(`${head}:refs/pull/1/head`);
  const about = { repo: 'acme/shop', pr_number: 1, head_sha: head, title: 'Two', author: 'nina' };
  const result = await desk.enqueue({ ...about, again: false, dry_run: false }, CI);
  if (result.kind === 'older_head') throw new Error('an older head');
  return result.run.id as RunId;
}

const eventsOf = async (id: RunId) => (await ground.audit.list(id)).map(({ entry }) => entry.event);

it('row 18: a replica with a full disk fails no run: the step costs no attempt, and a replica with room takes it', async () => {
  const full = join(ground.directory, 'full');
  await mkdir(full);
  // A file system of one page.
  await startReplica(full, ['bwrap', '--die-with-parent', '--dev-bind', '/', '/', '--size', '4096', '--tmpfs', full]);
  const id = await enqueue();
  const job = () => ground.queues.byName.review.getJob(stageJobId(id, 'review'));
  await eventually('the step was left twice', async () => {
    const seen = await job();
    if (seen === undefined || !(await seen.isDelayed()) || seen.attemptsStarted < 1) return false;
    expect(seen.attemptsMade).toBe(0);
    if (seen.attemptsStarted > 1) return true;
    await hurry(ground.queues, 'review', stageJobId(id, 'review'));
    return false;
  });
  expect(await eventsOf(id)).toEqual(['run_enqueued']);

  const roomy = join(ground.directory, 'roomy');
  await mkdir(roomy);
  await startReplica(roomy);
  await eventually(
    'the step is done where there is room',
    async () => {
      await hurry(ground.queues, 'review', stageJobId(id, 'review'));
      return (await eventsOf(id)).includes('review_evaluation');
    },
    PATIENCE_MS,
  );
  expect(await eventsOf(id)).not.toContain('run_finished');
});

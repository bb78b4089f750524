import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import { readReplicas } from '../../src/fleet/read-replicas.ts';
import type { RunId } from '../../src/ids.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { eventually } from '../support/eventually.ts';
import { CI } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { startPassingModel } from '../support/passing-model.ts';

const PATIENCE_MS = 120_000;

let ground: FleetGround;
let repo: TestRepo;
let model: Awaited<ReturnType<typeof startPassingModel>>;
const asked: string[] = [];
const replicas: FleetProcess[] = [];

beforeAll(async () => {
  ground = await makeFleetGround();
  repo = makeTestRepo('stages');
  repo.commit({ files: { 'package.json': '{ "type": "module" }\n', 'server.js': "console.log('one');\n" } });
  repo.push('main');
  model = await startPassingModel(({ input }) => {
    asked.push(input.task);
    return false;
  });
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.kill()));
  await model?.close();
  await ground?.close();
  repo?.remove();
});

const CONFIG = () => ({
  services: {
    shop: { repository: repo.origin, repo: 'acme/shop', delivery: { kind: 'local', command: ['node', 'server.js'] } },
  },
  people: { nina: { emails: ['nina@example.com'], logins: ['nina'] } },
});

async function startReplica(stages: string, env: NodeJS.ProcessEnv): Promise<string> {
  const dataDir = join(ground.directory, stages);
  await mkdir(dataDir);
  const file = `${dataDir}.yaml`;
  await writeFile(file, stringify(CONFIG()));
  const around = { REDIS_URL: ground.redisUrl, DATABASE_URL: ground.databaseUrl, SLIPWAY_DATA_DIR: dataDir };
  replicas.push(await startProcess('worker', ['--config', file, '--stages', stages], { ...around, ...env }));
  return dataDir;
}

async function enqueue(): Promise<RunId> {
  repo.git('checkout', '--quiet', '-B', 'pr-1', 'main');
  const head = repo.commit({ files: { 'src/two.js': 'export const two = 2;\n' }, email: 'nina@example.com' });
  repo.push(`${head}:refs/pull/1/head`);
  const repository = makeGit({ mirrorsDir: join(repo.root, 'm'), artifactsDir: join(repo.root, 'a'), log: ground.log });
  const desk = makeRunDesk({ ...ground, config: await ground.config(CONFIG()), repository });
  const about = { repo: 'acme/shop', pr_number: 1, head_sha: head, title: 'Two', author: 'nina' };
  const result = await desk.enqueue({ ...about, again: false, dry_run: false }, CI);
  if (result.kind === 'older_head') throw new Error('an older head');
  return result.run.id as RunId;
}

it('a replica of the stages alone has no key of the model, one of the agents alone never fetches the repository, and together they review', async () => {
  await startReplica('review', {});
  const id = await enqueue();
  await eventually(
    'the calls wait',
    async () => (await ground.queues.byName.agents.getWaitingCount()) > 0,
    PATIENCE_MS,
  );
  expect(asked).toEqual([]);

  const agentsDir = await startReplica('agents', { ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: model.url });
  await eventually(
    'the review has ended',
    async () => (await ground.audit.list(id)).some(({ entry }) => entry.event === 'review_evaluation'),
    PATIENCE_MS,
  );
  expect(asked).toContain('review');
  expect(existsSync(join(agentsDir, 'mirrors'))).toBe(false);
  const served = (await readReplicas(ground.db)).map(({ stages }) => [...stages]);
  expect(served).toEqual([['review'], ['agents']]);
});

import type { Job } from 'bullmq';
import type { Config } from '../../src/config/config.ts';
import { RunId, type Sha } from '../../src/ids.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { EnqueueRequest, type RunDesk } from '../../src/runs/run-desk.ts';
import { sweep } from '../../src/runs/sweep.ts';
import type { Run } from '../../src/store/tables.ts';
import { CI } from './fleet-flow.ts';
import { type FleetGround, makeFleetGround } from './fleet-ground.ts';
import { makeSha } from './record.ts';

/** A desk on real stores and what a test needs around it. No worker runs: jobs stay where they are put. */
export interface DeskBench {
  readonly ground: FleetGround;
  readonly config: Config;
  readonly desk: RunDesk;
  /** `inner<outer` for each pair of heads of which git would say that one holds the other. */
  readonly ancestry: Set<string>;
  /** The pull request that requests are about; a test takes another number where it needs one. */
  pr: number;
  request(over?: Partial<EnqueueRequest>): EnqueueRequest;
  /** @throws when that did not create a run. */
  enqueue(over?: Partial<EnqueueRequest>): Promise<Run>;
  current(run: Pick<Run, 'id'>): Promise<Run>;
  /** `event:outcome` of every entry. */
  eventsOf(run: Pick<Run, 'id'>): Promise<string[]>;
  finish(run: Run): Promise<unknown>;
  flowOf(run: Pick<Run, 'id'>): Promise<Job | undefined>;
  sweepAt(now: Date): Promise<void>;
}

export function inHours(hours: number): Date {
  return new Date(Date.now() + hours * 3_600_000);
}

export async function startDeskBench(): Promise<DeskBench> {
  const ground = await makeFleetGround();
  const service = { repository: '/nowhere', delivery: { kind: 'local', command: ['node', 'server.js'] } };
  const human = (name: string) => ({ emails: [`${name}@example.com`], logins: [name] });
  const config = await ground.config({
    services: {
      shop: { ...service, repo: 'acme/shop' },
      api: { ...service, repo: 'acme/mono' },
      web: { ...service, repo: 'acme/mono' },
    },
    people: Object.fromEntries(['nina', 'tomas', 'uma', 'mara', 'jonas'].map((name) => [name, human(name)])),
  });
  const ancestry = new Set<string>();
  const repository = {
    isAncestor: (_url: string, inner: Sha, outer: Sha) => Promise.resolve(ancestry.has(`${inner}<${outer}`)),
  };
  const desk = makeRunDesk({ ...ground, config, repository });
  const bench: DeskBench = {
    ground,
    config,
    desk,
    ancestry,
    pr: 0,
    request: (over = {}) =>
      EnqueueRequest.parse({
        repo: 'acme/shop',
        pr_number: bench.pr,
        head_sha: makeSha(),
        title: 'A change',
        author: 'nina',
        ...over,
      }),
    async enqueue(over) {
      const result = await desk.enqueue(bench.request(over), CI);
      if (result.kind !== 'created') throw new Error(`not created but ${result.kind}`);
      return result.run;
    },
    async current(run) {
      const found = await readRun(ground.db, RunId.parse(run.id));
      if (found === null) throw new Error('the run is gone');
      return found;
    },
    eventsOf: async (run) =>
      (await ground.audit.list(RunId.parse(run.id))).map(({ entry }) => `${entry.event}:${entry.outcome}`),
    finish: (run) =>
      ground.db
        .updateTable('slipway.runs')
        .set({ status: 'finished', outcome: 'blocked', finished_at: new Date() })
        .where('id', '=', run.id)
        .execute(),
    flowOf: (run) => ground.queues.byName.release.getJob(stageJobId(RunId.parse(run.id), 'release')),
    sweepAt: (now) => sweep({ ...ground, config }, now),
  };
  return bench;
}

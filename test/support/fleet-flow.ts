import { join } from 'node:path';
import { makeAgentCaller } from '../../src/agents/call-agent.ts';
import { loadPrompts } from '../../src/agents/load-prompts.ts';
import { makeModelClient } from '../../src/agents/make-model-client.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import { settleInconclusive } from '../../src/agents/settle-call.ts';
import type { AuditLog, EntryDraft, Recorded } from '../../src/audit/audit-log.ts';
import { makeGit } from '../../src/change/git.ts';
import type { Config } from '../../src/config/config.ts';
import { makeDryRunDelivery } from '../../src/delivery/dry-run.ts';
import { makeFrozenTarget } from '../../src/delivery/frozen-target.ts';
import type { FleetDesk } from '../../src/fleet/fleet-desk.ts';
import { makeFleetDesk } from '../../src/fleet/make-fleet-desk.ts';
import { readFreeze } from '../../src/fleet/read-controls.ts';
import { RunId, type Sha } from '../../src/ids.ts';
import { type Queues, workerConnection } from '../../src/queues/connections.ts';
import { MIGRATION_JOB } from '../../src/queues/job-ids.ts';
import { QUEUE_NAMES, type QueueName } from '../../src/queues/registry.ts';
import type { Caller } from '../../src/runs/caller.ts';
import { makeRollbackDesk } from '../../src/runs/make-rollback-desk.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { readRun } from '../../src/runs/read-run.ts';
import type { RollbackDesk } from '../../src/runs/rollback-desk.ts';
import type { EnqueueRequest, RunDesk } from '../../src/runs/run-desk.ts';
import { STOP_CHANNEL, wakeRun } from '../../src/runs/stop-run.ts';
import { sweep } from '../../src/runs/sweep.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeAgentHandler } from '../../src/workers/agents.worker.ts';
import { makeApprovalHandler } from '../../src/workers/approvals.worker.ts';
import { makeCanaryHandler } from '../../src/workers/canary.worker.ts';
import { makeMigrationHandler } from '../../src/workers/migration.worker.ts';
import { makeReleaseHandler } from '../../src/workers/release.worker.ts';
import { makeReviewHandler } from '../../src/workers/review.worker.ts';
import { makeRollbackHandler } from '../../src/workers/rollback.worker.ts';
import { makeStagingHandler } from '../../src/workers/staging.worker.ts';
import type { WorkerSettings } from '../../src/workers/start-worker.ts';
import { makeTestGenHandler } from '../../src/workers/test-gen.worker.ts';
import { eventually } from './eventually.ts';
import { type FleetGround, hurry } from './fleet-ground.ts';
import { makeTestRepo, type TestRepo } from './git-repo.ts';
import { type MemoryTarget, makeMemoryTarget } from './memory-target.ts';

export const CI: Caller = { tokenId: 't1', name: 'ci', person: null, scopes: ['enqueue', 'read'] };
export const person = (name: string): Caller => ({
  tokenId: `t-${name}`,
  name,
  person: name,
  scopes: ['decide', 'read'],
});

/** Where a test may break the fleet: called for every entry that is to be written. */
interface Faults {
  /** What it throws is what the store answers; nothing is written then. */
  beforeAppend: (draft: EntryDraft) => void | Promise<void>;
  /** The entry stands, but its answer is lost. */
  afterAppend: (draft: EntryDraft, entry: Recorded) => void | Promise<void>;
}

/** A whole fleet in this process on a real repository; only what is delivered to is in memory. */
export interface Flow {
  /** Of its own for each flow, so that flows share no lease. */
  readonly service: string;
  readonly queues: Queues;
  readonly repo: TestRepo;
  readonly target: MemoryTarget;
  readonly desk: RunDesk;
  /** Freezes and brakes; only of this flow's service, flows share one database. */
  readonly fleet: FleetDesk;
  readonly rollbacks: RollbackDesk;
  readonly config: Config;
  readonly faults: Faults;
  /** A pull request: a commit on top of `from` (the target branch), pushed as a forge keeps it. */
  open(
    pr: number,
    files: Record<string, string | null>,
    options?: { from?: Sha; email?: string; message?: string },
  ): Sha;
  enqueue(pr: number, head: string, over?: Partial<EnqueueRequest>): Promise<Run>;
  run(id: string): Promise<Run>;
  entries(id: string): Promise<Recorded[]>;
  /** `stage/event` of every entry, in order, with the outcome behind some. */
  events(id: string): Promise<string[]>;
  /** Names of what staging has measured, in the order of the alphabet. */
  parts(id: string): Promise<string[]>;
  /** Waits until an event is on the run's record. */
  recorded(id: string, event: string, n?: number): Promise<Recorded>;
  finished(id: string): Promise<Run>;
  /** Waits for the end as it comes by itself: nothing is cut short. */
  endOf(id: string): Promise<Run>;
  sweepNow(now?: Date): Promise<void>;
  close(): Promise<void>;
}

const PEOPLE = {
  nina: { emails: ['nina@example.com'], logins: ['nina'] },
  mara: { emails: ['mara@example.com'], logins: ['mara'] },
  jonas: { emails: ['jonas@example.com'], logins: ['jonas'] },
};

/** Time is scaled, proof is not: 600 canary requests as everywhere. */
export function flowConfig(
  service: string,
  origin: string,
  over: {
    thresholds?: object;
    orchestration?: object;
    review?: object;
    staging?: object;
    service?: object;
    rollout?: object;
    change_classes?: object;
    fleet?: object;
    audit?: object;
  } = {},
) {
  return {
    orchestration: over.orchestration ?? {},
    review: over.review ?? {},
    rollout: over.rollout ?? {},
    fleet: over.fleet ?? {},
    audit: over.audit ?? {},
    // One window at each step is too short for a busy machine where windows are half a second.
    change_classes: over.change_classes ?? { schema_migration: { canary_steps: [] } },
    thresholds: {
      canary_monitoring_duration_min: 0.008,
      canary_warm_up_s: 0,
      canary_tick_s: 0.06,
      canary_min_requests: 600,
      canary_max_windows: 12,
      // Tests that want a person to be asked about a live canary say so.
      canary_hold_min: 0,
      ...over.thresholds,
    },
    services: {
      [service]: {
        repository: origin,
        repo: `acme/${service}`,
        staging: {
          duration_s: 0.25,
          load: { rate_rps: 200, warm_up_s: 0 },
          regression: { compare: 'off' },
          health_deadline_s: 240,
          ...over.staging,
        },
        delivery: { kind: 'local', command: ['node', 'server.js'] },
        ...over.service,
      },
    },
    people: PEOPLE,
  };
}

/** A busy machine is no failure. */
const PATIENCE_MS = 240_000;
let flows = 0;

export async function startFlow(
  ground: FleetGround,
  options: {
    modelUrl: string | null;
    config?: Parameters<typeof flowConfig>[2];
    queues?: readonly QueueName[];
    setUp?: (repo: TestRepo) => void;
    sandbox?: Sandbox;
    /** What the workers take for the present. */
    now?: () => Date;
  },
): Promise<Flow> {
  const lane = await ground.lane();
  const service = `shop-${++flows}`;
  const repo = makeTestRepo('flow');
  repo.commit({
    files: { 'server.js': "console.log('one');\n", 'README.md': '# Shop\n' },
    message: 'Shop',
    email: 'owner@example.com',
  });
  options.setUp?.(repo);
  repo.push('main');
  const target = await makeMemoryTarget();
  const config = await ground.config(flowConfig(service, repo.origin, options.config));
  const faults: Faults = { beforeAppend: () => undefined, afterAppend: () => undefined };
  const audit: AuditLog = {
    ...ground.audit,
    async append(run, draft) {
      await faults.beforeAppend(draft);
      const stored = await ground.audit.append(run, draft);
      await faults.afterAppend(draft, stored);
      return stored;
    },
    async appendAll(run, drafts) {
      for (const draft of drafts) await faults.beforeAppend(draft);
      const stored = await ground.audit.appendAll(run, drafts);
      for (const [index, one] of stored.entries()) await faults.afterAppend(drafts[index] as EntryDraft, one);
      return stored;
    },
  };
  const { db, log } = ground;
  const { queues, redisUrl } = lane;
  const repository = makeGit({
    mirrorsDir: join(repo.root, 'mirrors'),
    artifactsDir: join(repo.root, 'artifacts'),
    log,
  });
  const real = { target, metrics: target };
  const now = options.now ?? (() => new Date());
  const ports = {
    db,
    audit,
    config,
    now,
    repository,
    delivery: (run: Run) =>
      run.dry_run
        ? makeDryRunDelivery(real, log)
        : { target: makeFrozenTarget(target, (name) => readFreeze(db, name)), metrics: target },
    prompts: await loadPrompts(),
    baseline: (run: Run, signal: AbortSignal) => target.baseline(run.service, signal),
  };
  const client =
    options.modelUrl === null
      ? null
      : makeModelClient({
          apiKey: 'any',
          baseUrl: options.modelUrl,
          requestTimeoutMs: 20_000,
          prices: SHIPPED_PRICES,
          log,
        });
  const agents = makeAgentCaller({ db, client, log });
  const isOver = async (id: RunId) => {
    const run = await readRun(db, id);
    return run === null || run.status === 'finished' || run.stop_kind !== null;
  };
  const sandbox = options.sandbox ?? null;
  const wanted = options.queues ?? QUEUE_NAMES;
  const replica = <Q extends QueueName>(
    queue: Q,
    handle: WorkerSettings<Q>['handle'],
    others: WorkerSettings<Q>['others'] = {},
  ) => ground.replica(queue, handle, { ...lane, others });
  const migration = { [MIGRATION_JOB]: makeMigrationHandler({ ...ports, sandbox, log }) };
  const release = makeReleaseHandler({ ...ports, log });
  const rollBack = makeRollbackHandler({ ...ports, delivery: () => real });
  const replicas = [
    ...(wanted.includes('review') ? [replica('review', makeReviewHandler(ports))] : []),
    ...(wanted.includes('test-gen') ? [replica('test-gen', makeTestGenHandler({ ...ports, sandbox }), migration)] : []),
    ...(wanted.includes('staging') ? [replica('staging', makeStagingHandler({ ...ports, sandbox }))] : []),
    ...(wanted.includes('canary') ? [replica('canary', makeCanaryHandler(ports))] : []),
    ...(wanted.includes('release')
      ? [
          replica('release', (job, context) =>
            job.rollback_id === undefined ? release(job, context) : rollBack(job.rollback_id, context),
          ),
        ]
      : []),
    ...(wanted.includes('agents')
      ? [
          replica(
            'agents',
            makeAgentHandler({
              agents,
              isOver,
              settle: (id, reason) => settleInconclusive(db, id, reason),
              onReply: () => undefined,
            }),
          ),
        ]
      : []),
    ...(wanted.includes('approvals') ? [replica('approvals', makeApprovalHandler(ports))] : []),
  ];
  const stops = workerConnection(redisUrl, log);
  stops.on('message', (_channel: string, runId: string) => {
    for (const worker of replicas) worker.abortRun(runId);
  });
  await stops.subscribe(STOP_CHANNEL);
  const desk = makeRunDesk({ db, audit, queues, config, repository, log });

  const fleet = makeFleetDesk({ db, audit: ground.audit, queues, config, log });

  const flow: Flow = {
    service,
    queues,
    repo,
    target,
    desk,
    fleet,
    rollbacks: makeRollbackDesk({ db, audit, queues, fleet, log }),
    config,
    faults,
    open(pr, files, { from, email = 'nina@example.com', message = `Change ${pr}` } = {}) {
      repo.git('checkout', '--quiet', '-B', `pr-${pr}`, from ?? 'main');
      repo.git('config', 'user.email', email);
      const head = repo.commit({ files, message, author: 'Nina', email });
      repo.push(`${head}:refs/pull/${pr}/head`, `pr-${pr}`);
      repo.git('checkout', '--quiet', 'main');
      return head;
    },
    async enqueue(pr, head, over = {}) {
      const result = await desk.enqueue(
        {
          repo: `acme/${service}`,
          pr_number: pr,
          head_sha: head as Sha,
          title: `Change ${pr}`,
          author: 'nina',
          again: false,
          dry_run: false,
          ...over,
        },
        CI,
      );
      return result.kind === 'older_head' ? result.current : result.run;
    },
    async run(id) {
      const run = await readRun(db, RunId.parse(id));
      if (run === null) throw new Error(`no run ${id}`);
      return run;
    },
    entries: (id) => ground.audit.list(RunId.parse(id)),
    events: async (id) => (await flow.entries(id)).map(({ entry }) => entry.event),
    async parts(id) {
      const rows = await db.selectFrom('slipway.staging_parts').select('part').where('run_id', '=', id).execute();
      return rows.map(({ part }) => part).toSorted();
    },
    recorded: (id, event, n) =>
      eventually(
        `${event} of ${id}`,
        async () =>
          (await flow.entries(id)).find(({ entry }) => entry.event === event && (n === undefined || entry.n === n)),
        PATIENCE_MS,
      ),
    endOf: (id) =>
      eventually(
        `the end of ${id}`,
        async () => {
          const run = await flow.run(id);
          return run.status === 'finished' ? run : null;
        },
        PATIENCE_MS,
      ),
    async finished(id) {
      let asked = 0;
      return eventually(
        `the end of ${id}`,
        async () => {
          for (const stage of ['review', 'test-gen', 'staging', 'canary', 'release'] as const) {
            const job = await queues.byName[stage].getJob(`${id}~${stage}`);
            // Only waits after a failure or a lost store are cut short; a tick keeps its time.
            const waitsMs = job === undefined ? 0 : job.delay;
            if (waitsMs > 400) await hurry(queues, stage, `${id}~${stage}`);
          }
          await hurry(queues, 'staging', `${id}~staging~1`);
          const run = await flow.run(id);
          // The sweeper's part for this run; the whole sweep would also repair the runs of other flows.
          if (run.stop_kind !== null && ++asked % 100 === 0) await wakeRun(queues, RunId.parse(id));
          return run.status === 'finished' ? run : null;
        },
        PATIENCE_MS,
      );
    },
    sweepNow: (at = now()) => sweep({ db, audit, queues, config, log, repository } as Parameters<typeof sweep>[0], at),
    async close() {
      await Promise.all(replicas.map((worker) => worker.stop()));
      stops.disconnect();
      await lane.close();
      await target.close();
      repo.remove();
    },
  };
  return flow;
}

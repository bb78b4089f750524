import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeAgentSlots } from './agents/agent-slots.ts';
import { makeAgentCaller } from './agents/call-agent.ts';
import { loadPrompts } from './agents/load-prompts.ts';
import { SHIPPED_PRICES } from './agents/price-table.ts';
import { settleInconclusive } from './agents/settle-call.ts';
import { closeAll } from './close-all.ts';
import { type Config, resolveService } from './config/config.ts';
import { armCrashPoint } from './crash-point.ts';
import { makeFrozenTarget } from './delivery/frozen-target.ts';
import { pauseForMoney } from './fleet/pause-for-money.ts';
import { readFreeze } from './fleet/read-controls.ts';
import { setUpControls } from './fleet/set-up-controls.ts';
import { startBeat } from './fleet/start-beat.ts';
import { listen } from './http/listen.ts';
import { makeWorkerHttp } from './http/make-worker-http.ts';
import { startJanitor } from './janitor/janitor.ts';
import { startArtifactJanitor } from './janitor/start-artifact-janitor.ts';
import { startMirrorJanitor } from './janitor/start-mirror-janitor.ts';
import { startScratchJanitor } from './janitor/start-scratch-janitor.ts';
import type { Logger } from './log.ts';
import { watchAppends } from './metrics/watch-appends.ts';
import { makeWorkerMetrics, type WorkerMetrics } from './metrics/worker-metrics.ts';
import { startNotifier } from './notifications/start-notifier.ts';
import { type OpenAdapters, openAdapters, type WorkerAdapters } from './open-adapters.ts';
import { type Core, openCore } from './open-core.ts';
import type { Delivery } from './open-delivery.ts';
import { openMirrors } from './open-git.ts';
import type { WorkerSandbox } from './open-sandbox.ts';
import { readPackageVersion } from './package-root.ts';
import { workerConnection } from './queues/connections.ts';
import { MIGRATION_JOB } from './queues/job-ids.ts';
import type { QueueName } from './queues/registry.ts';
import { readRun } from './runs/read-run.ts';
import { startReconciler } from './runs/reconcile.ts';
import { recordConfiguredRollout } from './runs/rollout-state.ts';
import { BASELINE_JOB, startBaselineSchedules } from './runs/schedule-baselines.ts';
import { endSpan, flushSpans } from './runs/stage-spans.ts';
import { STOP_CHANNEL } from './runs/stop-run.ts';
import { startSweeper } from './runs/sweep.ts';
import { startBranchWatch } from './runs/watch-branches.ts';
import { putBlob } from './store/blobs.ts';
import type { Run } from './store/tables.ts';
import { makeAgentHandler } from './workers/agents.worker.ts';
import { makeApprovalHandler } from './workers/approvals.worker.ts';
import { makeBaselineChore } from './workers/baseline.chore.ts';
import { makeCanaryHandler } from './workers/canary.worker.ts';
import { makeMigrationHandler } from './workers/migration.worker.ts';
import { makeReleaseHandler } from './workers/release.worker.ts';
import { makeReviewHandler } from './workers/review.worker.ts';
import { makeRollbackHandler } from './workers/rollback.worker.ts';
import { makeStagingHandler } from './workers/staging.worker.ts';
import { type StartedWorker, startWorker, type WorkerSettings } from './workers/start-worker.ts';
import { makeTestGenHandler } from './workers/test-gen.worker.ts';

export interface WorkerOptions {
  readonly queues: readonly QueueName[];
  /** Jobs of each queue that run at once on this replica. */
  readonly concurrency: number;
  /** Of its own HTTP server; 0 takes a free one. */
  readonly metricsPort: number;
}

export interface RunningWorker {
  /** Where /metrics, /healthz and /readyz are. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** One replica: it serves some queues, sweeps, and answers for itself over HTTP. */
export async function startWorkerProcess(
  config: Config,
  options: WorkerOptions,
  log: Logger,
  open: OpenAdapters = openAdapters,
): Promise<RunningWorker> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = () => closeAll(closers, log);
  armCrashPoint(config.env.crashPoint);
  const workers: StartedWorker[] = [];
  try {
    const core = await openCore(config, log);
    closers.push(core.close);
    closers.push(() => flushSpans(core.db));
    const adapters = open(config, core.db, log);
    await putBlob(core.db, config.policy_text, 'application/json');
    // Before the first call can start: a cap that comes later has been exceeded already.
    await setUpControls(config, core, log);
    if (options.queues.includes('review')) await recordConfiguredRollout({ ...core, config });
    const metrics = makeWorkerMetrics(options.queues);
    const replica = makeReplicaId();
    // Known to the fleet before it takes anything: what it holds counts only while it lives.
    const beat = await startBeat({
      db: core.db,
      ...replica,
      version: readPackageVersion(),
      stages: options.queues,
      concurrency: options.concurrency,
      active: () => workers.reduce((sum, worker) => sum + worker.active(), 0),
      now: () => Date.now(),
      log,
    });
    closers.push(() => beat.close());
    const sandbox = await startQueues(
      config,
      core,
      adapters,
      workers,
      metrics,
      { ...options, replica: replica.id },
      log,
      closers,
    );

    const sweeper = startSweeper({ ...core, config, log });
    closers.push(sweeper.close);
    const reconciler = startReconciler({ ...core, config, log });
    closers.push(reconciler.close);
    if (options.queues.includes('staging')) closers.push(startBaselineSchedules({ ...core, config, log }).close);
    if (options.queues.includes('release')) {
      const branches = startBranchWatch({ ...core, config, repository: adapters.repository, log });
      closers.push(branches.close);
    }
    closers.push(startNotifier({ ...core, config, log }).close);
    closers.push(startJanitor({ ...core, config, log }).close);
    closers.push(startArtifactJanitor(artifactsOf(config, core, adapters.delivery, options, log)).close);
    closers.push(startMirrorJanitor({ db: core.db, mirrors: openMirrors(config, log), config, log }).close);
    if (options.queues.includes('test-gen')) closers.push(startScratchJanitor(log).close);
    let draining = false;
    const readiness = () => readReadiness(core, sandbox, draining);
    const http = await listen(makeWorkerHttp({ metrics, readiness, log }), {
      host: config.fleet.metrics_host,
      port: options.metricsPort,
    });
    closers.push(() => http.close());
    closers.push(async () => {
      draining = true;
      await beat.drain().catch((err: unknown) => log.warn({ err }, 'the fleet was not told of the drain'));
      await Promise.all(workers.map((worker) => worker.drain()));
    });
    log.info(
      { replica: replica.id, queues: options.queues, concurrency: options.concurrency, url: http.url },
      'worker started',
    );
    return { url: http.url, close };
  } catch (error) {
    // Some queues may be served already, and nobody will tell them to stop.
    await Promise.allSettled(workers.map((worker) => worker.drain()));
    await close();
    throw error;
  }
}

/** Generated tests and migrations run in it, and on replicas that stage smoke suites and contracts. */
function needsSandbox(config: Config, { queues }: WorkerOptions): boolean {
  const suites = Object.values(config.services).some(
    ({ staging }) => staging.smoke_command !== undefined || staging.contracts.length > 0,
  );
  return queues.includes('test-gen') || (suites && queues.includes('staging'));
}

/** What stands in the latency figures; a release is a moment. */
const TIMED: readonly QueueName[] = ['review', 'test-gen', 'staging', 'canary'];
const DEPLOYING: readonly QueueName[] = ['staging', 'canary', 'release'];

/** A replica that delivers nothing reaches no target, and no target runs what lies in its directory. */
function artifactsOf(config: Config, core: Core, delivery: Delivery, { queues }: WorkerOptions, log: Logger) {
  const deployed = queues.some((queue) => DEPLOYING.includes(queue))
    ? () => delivery.deployed(AbortSignal.timeout(30_000))
    : async () => [];
  const artifactsDir = join(config.env.dataDir, 'artifacts');
  return { db: core.db, artifactsDir, deployed, keepHours: config.retention.artifacts_h, log };
}

/** Unique for ever, and tells people where to look. */
function makeReplicaId(): { id: string; host: string; pid: number } {
  const host = hostname().slice(0, 60);
  return { id: `${host.slice(0, 40)}-${process.pid}-${randomBytes(3).toString('hex')}`, host, pid: process.pid };
}

/** Fills `started`. What runs in the sandbox comes last: attacking that takes seconds, and the other queues need not wait for it. */
async function startQueues(
  config: Config,
  core: Core,
  adapters: WorkerAdapters,
  started: StartedWorker[],
  metrics: WorkerMetrics,
  options: WorkerOptions & { readonly replica: string },
  log: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<WorkerSandbox | null> {
  const { db } = core;
  const audit = watchAppends(core.audit, metrics.registry);
  const { repository, delivery, model } = adapters;
  const now = () => new Date();
  const ports = {
    db,
    audit,
    config,
    now,
    repository,
    delivery: (run: Run) => {
      const { target, metrics } = delivery.of(run);
      // A dry run delivers nothing, so nothing of it is refused.
      return { target: run.dry_run ? target : makeFrozenTarget(target, (service) => readFreeze(db, service)), metrics };
    },
    prompts: await loadPrompts({ promptsDir: config.orchestration.prompts_dir }),
    baseline: delivery.baseline,
  };
  const prices = config.prices ?? SHIPPED_PRICES;
  const slots = makeAgentSlots({ db, replica: options.replica, budgets: config.budgets, prices, log });
  const agents = makeAgentCaller({ db, client: model, slots, log });
  const isOver = async (runId: Parameters<typeof readRun>[1]) => {
    const run = await readRun(db, runId);
    return run === null || run.status === 'finished' || run.stop_kind !== null;
  };
  const connection = workerConnection(core.redisUrl, log);
  closers.push(async () => connection.disconnect());

  const start = <Q extends QueueName>(
    queue: Q,
    handle: WorkerSettings<Q>['handle'],
    also: Pick<WorkerSettings<Q>, 'chores' | 'others'> = {},
  ) => {
    if (!options.queues.includes(queue)) return;
    const timed: typeof handle = async (data, context) => {
      const step = await handle(data, context);
      if (step.kind === 'done' && TIMED.includes(queue)) endSpan(db, data.run_id, queue);
      return step;
    };
    started.push(
      startWorker({
        queue,
        replica: options.replica,
        handle: timed,
        ...also,
        concurrency: options.concurrency,
        connection,
        queues: core.queues.byName,
        log,
        onSpendLimit: (detail) => pauseForMoney({ ...core, log }, detail),
        onStep: metrics.stepEnded,
      }),
    );
  };
  start('review', makeReviewHandler(ports));
  start('canary', makeCanaryHandler(ports));
  const release = makeReleaseHandler({ ...ports, log });
  const rollBack = makeRollbackHandler({ ...ports, delivery: delivery.of });
  start('release', (job, context) =>
    job.rollback_id === undefined ? release(job, context) : rollBack(job.rollback_id, context),
  );
  start(
    'agents',
    makeAgentHandler({
      agents,
      settle: (id, reason) => settleInconclusive(db, id, reason),
      isOver,
      onReply: metrics.agentCallEnded,
    }),
  );
  start('approvals', makeApprovalHandler(ports));

  const stops = workerConnection(core.redisUrl, log);
  closers.push(async () => stops.disconnect());
  stops.on('message', (_channel: string, runId: string) => {
    for (const worker of started) worker.abortRun(runId);
  });
  await stops.subscribe(STOP_CHANNEL);

  const sandbox = needsSandbox(config, options) ? await adapters.openSandbox() : null;
  if (sandbox) closers.push(sandbox.close);
  const held = sandbox?.ready === true ? sandbox.sandbox : null;
  const migration = makeMigrationHandler({ ...ports, sandbox: held, log });
  start('test-gen', makeTestGenHandler({ ...ports, sandbox: held }), { others: { [MIGRATION_JOB]: migration } });
  const service = (name: string) => resolveService(config, name);
  const baseline = makeBaselineChore({ db, now, service, metrics: delivery.metrics, log });
  start('staging', makeStagingHandler({ ...ports, sandbox: held }), { chores: { [BASELINE_JOB]: baseline } });
  return sandbox;
}

async function readReadiness(core: Core, sandbox: WorkerSandbox | null, draining: boolean) {
  const reasons: string[] = [];
  if (draining) reasons.push('draining');
  if (sandbox !== null && !sandbox.ready) reasons.push(`sandbox: ${sandbox.problem}`);
  await core.db
    .selectFrom('slipway.leases')
    .select('name')
    .limit(1)
    .execute()
    .catch(() => reasons.push('postgres is out of reach'));
  if (core.queues.redis.status !== 'ready') reasons.push('redis is out of reach');
  return { ready: reasons.length === 0, reasons };
}

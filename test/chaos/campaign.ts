import { setTimeout as wait } from 'node:timers/promises';
import { StoreDown } from '../../src/errors.ts';
import type { Run } from '../../src/store/tables.ts';
import { applyFault, thingsOf } from './apply-fault.ts';
import { SERVICE_NAMES } from './chaos-config.ts';
import type { ChaosFleet } from './chaos-fleet.ts';
import { carryOut, type Operation, planOperations, thingOf } from './operations.ts';
import { makeOutsideWorld, type OutsideWorld } from './outside-world.ts';
import { type ChangePlan, type Fault, planCrashes, planFaults } from './schedule.ts';
import type { Happening } from './timeline.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly changes: readonly ChangePlan[];
  readonly inFlight: number;
  /** Nothing is harmed, operators go about: it only shows where runs come by. */
  readonly isCalm: boolean;
  readonly say: (text: string) => void;
}

export interface CampaignResult {
  readonly acknowledged: OutsideWorld['acknowledged'];
  readonly happenings: readonly Happening[];
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  /** What it could not do: a run that was never accepted proves nothing. */
  readonly failures: readonly string[];
}

type LiveRun = Pick<Run, 'id' | 'pr_number' | 'head_sha' | 'waiting_for' | 'status' | 'stage'>;

interface OpenQuestion extends Pick<Run, 'pr_number' | 'head_sha'> {
  readonly run_id: string;
  readonly stage: string;
  readonly question: number;
}

const LOOK_EVERY_MS = 500;
/** After the last run was enqueued: at least, and then at most while more than this share of them are under way. */
const HARM_AT_LEAST_MS = 15_000;
const HARM_LONGER_MS = 65_000;
const HARM_SHARE = 1 / 8;
const UP_MS = 30_000;
/** Without anything new on the record, after the last fault: longer than any deadline of the campaign's configuration. */
const STILL_MS = 150_000;

/** Runs through the fleet while the schedule harms it; then everything is healed and each run must come to its end. */
export async function runCampaign(fleet: ChaosFleet, options: CampaignOptions): Promise<CampaignResult> {
  const { seed, changes, inFlight, isCalm, say } = options;
  const world = makeOutsideWorld(fleet);
  const byNumber = new Map(changes.map((change) => [change.n, change]));
  const happenings: Happening[] = [];
  const faults: Record<string, number> = {};
  const operations: Record<string, number> = {};
  const failures: string[] = [];
  const pending = new Set<Promise<unknown>>();
  const background = (work: Promise<unknown>) => {
    const tracked: Promise<unknown> = work
      .catch((error: unknown) => void failures.push(String(error)))
      .finally(() => pending.delete(tracked));
    pending.add(tracked);
  };
  const happened = (what: string) => void happenings.push({ at: Date.now(), what });

  let harmful = true;
  const harming = Promise.all(isCalm ? [operate()] : [harm(), orderCrashes(), operate()]);
  if (isCalm) fleet.model.behave();
  const queue = [...changes];
  const asked = new Set<string>();
  let live: LiveRun[] = [];
  let starting = 0;
  let lastSaid = 0;
  let lastEnqueued = Date.now();
  while (queue.length > 0 || starting > 0 || live.length > 0) {
    while (queue.length > 0 && live.length + starting < inFlight) {
      const change = queue.shift();
      if (change === undefined) break;
      starting += 1;
      background(enqueue(change).finally(() => (starting -= 1)));
    }
    await wait(LOOK_EVERY_MS);
    live = (await readLive(fleet)) ?? live;
    await answerQuestions();
    if (Date.now() - lastSaid > 15_000) {
      lastSaid = Date.now();
      say(`${changes.length - queue.length} of ${changes.length} enqueued, ${live.length} live, ${sum(faults)} faults`);
    }
    if (queue.length + starting > 0) lastEnqueued = Date.now();
    const longer = Date.now() - lastEnqueued;
    const isNearEnd = longer > HARM_AT_LEAST_MS && live.length < changes.length * HARM_SHARE;
    if (!isCalm && (isNearEnd || longer > HARM_LONGER_MS)) break;
  }
  harmful = false;
  await harming;
  await Promise.all(pending);
  await heal();
  await settle();
  return { acknowledged: world.acknowledged, happenings, faults, operations, failures };

  async function enqueue(change: ChangePlan): Promise<void> {
    const name = SERVICE_NAMES[change.service] ?? '';
    const repository = fleet.repositories.get(name);
    if (repository === undefined) throw new Error(`no repository ${name}`);
    const head = repository.headOf(change, 'head');
    const request = { repo: `acme/${name}`, pr_number: change.n };
    const id = await world.enqueue({ ...request, head_sha: head });
    const { kind, afterMs } = change.meanwhile;
    if (kind === 'nothing') return;
    background(
      (async () => {
        await wait(afterMs);
        if (kind === 'cancel') return world.cancel(id);
        await world.enqueue({ ...request, head_sha: repository.headOf(change, 'newer') });
      })(),
    );
  }

  /** One fault after another, each undone in its own time. */
  async function harm(): Promise<void> {
    const busy = new Set<string>();
    for (const fault of planFaults(seed)) {
      if (!(await isTimeFor(fault.gapMs))) return;
      const things = thingsOf(fault);
      if (things.some((thing) => busy.has(thing))) continue;
      for (const thing of things) busy.add(thing);
      const name = describe(fault);
      faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
      happened(`FAULT ${name}`);
      background(
        applyFault(fleet, fault).finally(() => {
          for (const thing of things) busy.delete(thing);
          happened(`undone ${name}`);
        }),
      );
    }
  }

  /** A point whose order still waits is not ordered again, and takes no time. */
  async function orderCrashes(): Promise<void> {
    for (const { point, how, gapMs } of planCrashes(seed)) {
      const waits = fleet.crashOrders.waits(point);
      if (!(await isTimeFor(waits ? 10 : gapMs))) return;
      if (!waits) fleet.crashOrders.order(point, how);
    }
  }

  /** After the distance that the schedule says. False once nothing is to be harmed any more. */
  async function isTimeFor(gapMs: number): Promise<boolean> {
    for (let waited = 0; waited < gapMs && harmful; waited += 100) await wait(Math.min(100, gapMs));
    if (harmful && gapMs > 1_000) await untilFleetWorks(fleet);
    return harmful;
  }

  /** What people do to the fleet meanwhile; also while parts of it are away. */
  async function operate(): Promise<void> {
    const busy = new Set<string>();
    for (const operation of planOperations(seed)) {
      if (!(await isTimeFor(operation.gapMs))) return;
      const thing = thingOf(operation);
      const released = await readReleased(fleet);
      if (busy.has(thing) || released === null) continue;
      busy.add(thing);
      const name = describe(operation);
      operations[operation.kind] = (operations[operation.kind] ?? 0) + 1;
      happened(`ORDER ${name}`);
      const now = { runs: live.map(({ id }) => id), released, wait };
      background(
        carryOut(world, operation, now).finally(() => {
          busy.delete(thing);
          happened(`over ${name}`);
        }),
      );
    }
  }

  async function answerQuestions(): Promise<void> {
    for (const { run_id, stage, question, pr_number, head_sha } of (await readQuestions(fleet)) ?? []) {
      const key = `${run_id}/${stage}/${question}`;
      const plan = byNumber.get(pr_number);
      if (asked.has(key) || plan === undefined) continue;
      asked.add(key);
      const decision = stage === 'canary' ? plan.onCanary : plan.decision;
      if (decision === 'silence') continue;
      background(world.decide(run_id, decision, head_sha).then((isHeard) => void (isHeard || asked.delete(key))));
    }
  }

  /** Every process starts anew without a crash point, and nothing fails any more. */
  async function heal(): Promise<void> {
    fleet.model.behave();
    fleet.crashOrders.withdraw();
    await fleet.redis.thaw();
    await fleet.postgres.thaw();
    await Promise.all([fleet.redis.start(), fleet.postgres.start()]);
    await Promise.all(fleet.processes.map((process) => process.kill(0)));
    happened('healed');
  }

  /** Until every run has ended, or nothing happens any more. */
  async function settle(): Promise<void> {
    let [newest, since] = ['', Date.now()];
    while (Date.now() - since < STILL_MS) {
      const head = await readHead(fleet);
      if (head !== newest) [newest, since] = [head, Date.now()];
      live = (await readLive(fleet)) ?? live;
      await answerQuestions();
      if (live.length === 0 && pending.size === 0) return;
      await wait(LOOK_EVERY_MS);
      if (Date.now() - lastSaid > 15_000) {
        lastSaid = Date.now();
        say(`healed, ${live.length} live: ${[...new Set(live.map((run) => run.waiting_for ?? run.stage))].join('; ')}`);
      }
    }
  }
}

/**
 * Harm to a fleet that lies on the ground proves nothing: on a slow machine the next fault waits until two replicas are up
 * again, or cannot come up because something else is away.
 */
async function untilFleetWorks(fleet: ChaosFleet): Promise<void> {
  const deadline = Date.now() + UP_MS;
  while (Date.now() < deadline) {
    const answers = await Promise.all(
      fleet.replicaUrls.map((url) =>
        fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    if (answers.filter(Boolean).length > 1) return;
    await wait(LOOK_EVERY_MS);
  }
}

/** The place of the last entry, as a sign that something goes on. */
async function readHead(fleet: ChaosFleet): Promise<string> {
  const last = await fleet.core.db.selectFrom('audit.entry').select('seq').orderBy('seq', 'desc').limit(1).execute();
  return last[0]?.seq ?? '';
}

function readLive({ core }: ChaosFleet): Promise<LiveRun[] | null> {
  return unlessAway(
    core.db
      .selectFrom('slipway.runs')
      .select(['id', 'pr_number', 'head_sha', 'waiting_for', 'status', 'stage'])
      .where('status', '!=', 'finished')
      .execute(),
  );
}

function readQuestions({ core }: ChaosFleet): Promise<OpenQuestion[] | null> {
  return unlessAway(
    core.db
      .selectFrom('slipway.escalations as q')
      .innerJoin('slipway.runs as r', 'r.id', 'q.run_id')
      .select(['q.run_id', 'q.stage', 'q.question', 'r.pr_number', 'r.head_sha'])
      .where('q.decided_at', 'is', null)
      .execute(),
  );
}

/** Services that were released more than once, so that something ran before the newest. */
async function readReleased({ core }: ChaosFleet): Promise<string[] | null> {
  const rows = await unlessAway(
    core.db
      .selectFrom('slipway.runs')
      .select('service')
      .where('outcome', '=', 'deployed')
      .groupBy('service')
      .having(({ fn }) => fn.countAll(), '>', 1)
      .orderBy('service')
      .execute(),
  );
  return rows?.map(({ service }) => service) ?? null;
}

/** Null while the store is away. */
async function unlessAway<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreDown) return null;
    throw error;
  }
}

function describe({ kind, ...rest }: Fault | Operation): string {
  const { gapMs: _gap, ...shown } = rest as Record<string, unknown>;
  return `${kind} ${Object.entries(shown)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ')}`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

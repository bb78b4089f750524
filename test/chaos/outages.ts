import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { SERVICE_NAMES } from './chaos-config.ts';
import { type ChaosFleet, startChaosFleet } from './chaos-fleet.ts';
import { collectEvidence } from './evidence.ts';
import { findViolations } from './invariants.ts';
import type { LedgerLine } from './ledger.ts';
import { makeOutsideWorld } from './outside-world.ts';
import { type ChangePlan, SERVICES } from './schedule.ts';

/**
 * `npm run test:outages`: each store is away for longer than a minute, killed and hung, alone and both at once, while a
 * canary has traffic. Time is not scaled: a canary is held for the 60 s of the default configuration.
 */
const { values } = parseArgs({
  options: {
    away: { type: 'string', default: '75' },
    /** One of the outages by its name; left out = all of them. */
    only: { type: 'string' },
  },
});
const awayMs = Number(values.away) * 1_000;
const PATIENCE_MS = 300_000;

interface Outage {
  readonly name: string;
  readonly begin: (fleet: ChaosFleet) => Promise<unknown>;
  readonly end: (fleet: ChaosFleet) => Promise<unknown>;
}

const OUTAGES: readonly Outage[] = [
  { name: 'Redis killed', begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.start() },
  { name: 'Redis hangs', begin: ({ redis }) => redis.freeze(), end: ({ redis }) => redis.thaw() },
  { name: 'PostgreSQL killed', begin: ({ postgres }) => postgres.kill(), end: ({ postgres }) => postgres.start() },
  { name: 'PostgreSQL hangs', begin: ({ postgres }) => postgres.freeze(), end: ({ postgres }) => postgres.thaw() },
  {
    name: 'both killed',
    begin: ({ redis, postgres }) => Promise.all([redis.kill(), postgres.kill()]),
    end: ({ redis, postgres }) => Promise.all([redis.start(), postgres.start()]),
  },
  {
    name: 'both hang',
    begin: ({ redis, postgres }) => Promise.all([redis.freeze(), postgres.freeze()]),
    end: ({ redis, postgres }) => Promise.all([redis.thaw(), postgres.thaw()]),
  },
];

const chosen = OUTAGES.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) throw new Error(`--only must be one of: ${OUTAGES.map(({ name }) => name).join(', ')}`);

const changes: ChangePlan[] = Array.from({ length: OUTAGES.length * SERVICES }, (_, index) => ({
  n: index + 1,
  service: index % SERVICES,
  kind: 'plain',
  decision: 'approve',
  onCanary: 'approve',
  meanwhile: { kind: 'nothing', afterMs: 0 },
}));
const fleet = await startChaosFleet(1, changes, { model: 0, target: 0 });
fleet.model.behave();
const world = makeOutsideWorld(fleet);
let isRight = true;

async function enqueue(): Promise<string> {
  const change = changes.shift();
  if (change === undefined) throw new Error('no change is left');
  const name = SERVICE_NAMES[change.service] ?? '';
  const head_sha = fleet.repositories.get(name)?.headOf(change, 'head') ?? '';
  return world.enqueue({ repo: `acme/${name}`, pr_number: change.n, head_sha });
}

async function hasTraffic(runs: readonly string[]): Promise<boolean> {
  const rows = await fleet.core.db
    .selectFrom('audit.entry')
    .select('seq')
    .where('event', '=', 'canary_weight.completed')
    .where('trace_id', 'in', [...runs])
    .execute();
  return rows.length > 0;
}

async function outcomesOf(runs: readonly string[]): Promise<string[]> {
  return eventually(
    'every run ends',
    async () => {
      const rows = await fleet.core.db
        .selectFrom('slipway.runs')
        .select('outcome')
        .where('id', 'in', [...runs])
        .execute()
        .catch(() => []);
      const outcomes = rows.flatMap(({ outcome }) => outcome ?? []);
      return outcomes.length === runs.length ? outcomes : null;
    },
    PATIENCE_MS,
  );
}

/** Status of an enqueue while the store is away; null: no answer in time. */
async function askServer(): Promise<{ status: number | null; ms: number }> {
  const startedAt = performance.now();
  const status = await fetch(`${fleet.serverUrl}/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${fleet.tokens.ci}`, 'content-type': 'application/json' },
    body: JSON.stringify({ repo: 'acme/svc-1', pr_number: 9_999, head_sha: 'f'.repeat(40), author: 'nina' }),
    signal: AbortSignal.timeout(30_000),
  }).then(
    (response) => response.status,
    () => null,
  );
  return { status, ms: performance.now() - startedAt };
}

async function undergo({ name, begin, end }: Outage): Promise<void> {
  const runs = await Promise.all([enqueue(), enqueue(), enqueue(), enqueue()]);
  await eventually('a canary has traffic', () => hasTraffic(runs), PATIENCE_MS);
  const ends = fleet.processes.flatMap((process) => process.ends).length;
  await begin(fleet);
  const downAt = Date.now();
  // What was already on its way to the target when the store went away.
  await wait(2_000);
  const asked = await askServer();
  await wait(awayMs - (Date.now() - downAt));
  const upAt = Date.now();
  await end(fleet);
  const outcomes = await outcomesOf(runs);
  const tookS = ((Date.now() - upAt) / 1_000).toFixed(1);
  const { ledger } = await collectEvidence(fleet, world.acknowledged);
  const acts = ledger.filter((line) => line.result === 'done' && Date.parse(line.at) > downAt + 2_000);
  const meanwhile = acts.filter((line) => Date.parse(line.at) < upAt);
  const wrong = meanwhile.filter((line) => !isZero(line));
  isRight &&= wrong.length === 0;
  const died = fleet.processes.flatMap((process) => process.ends).length - ends;
  console.log(`${name} for ${Math.round((upAt - downAt) / 1_000)} s`);
  console.log(`  an enqueue meanwhile: ${asked.status ?? 'no answer'} after ${(asked.ms / 1_000).toFixed(1)} s`);
  console.log(`  processes that ended: ${died}`);
  for (const line of meanwhile)
    console.log(`  the target was asked after ${((Date.parse(line.at) - downAt) / 1_000).toFixed(1)} s: ${told(line)}`);
  console.log(`  all runs ended ${tookS} s after it was back: ${outcomes.toSorted().join(', ')}`);
}

/** The one act that needs no store: a canary goes out of traffic. */
function isZero({ verb, subject }: LedgerLine): boolean {
  return verb === 'weight' && subject === '0';
}

function told({ verb, subject, effect }: LedgerLine): string {
  return `${verb} ${subject.slice(0, 12)} (${effect.slice(33)})`;
}

try {
  for (const outage of chosen) await undergo(outage);
  await eventually(
    'no job is left',
    async () => (await collectEvidence(fleet, world.acknowledged)).left.length === 0,
    PATIENCE_MS,
  );
  const violations = findViolations(await collectEvidence(fleet, world.acknowledged));
  for (const { invariant, runId, what } of violations) console.log(`VIOLATION ${invariant} ${runId ?? ''} ${what}`);
  console.log(`${violations.length} violations`);
  isRight &&= violations.length === 0;
} finally {
  await fleet.close();
}
process.exitCode = isRight ? 0 : 1;

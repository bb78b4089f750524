import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AgentRequest } from '../../src/agents/agent-call.ts';
import { Entry } from '../../src/audit/entry.ts';
import { readLog } from '../../src/audit/read-log.ts';
import { type VerifyResult, verifyLog } from '../../src/audit/verify.ts';
import { StateAnswer } from '../../src/delivery/local/api-schema.ts';
import { Digest } from '../../src/ids.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import type { Rollback } from '../../src/runs/rollback-desk.ts';
import { BASELINE_JOB } from '../../src/runs/schedule-baselines.ts';
import { getJsonBlob } from '../../src/store/blobs.ts';
import type { Run } from '../../src/store/tables.ts';
import { SERVICE_NAMES } from './chaos-config.ts';
import type { ChaosFleet } from './chaos-fleet.ts';
import { hashContent, type ModelRequest } from './chaos-model.ts';
import type { SeenPoint } from './crash-orders.ts';
import { LedgerLine, type LedgerState } from './ledger.ts';

export interface SeenEntry {
  readonly seq: string;
  readonly chainHash: string;
  readonly recordedAt: Date;
  readonly entry: Entry;
}

interface SeenCall {
  readonly id: string;
  readonly runId: string;
  /** SHA-256 of what the model is asked. */
  readonly content: string;
  readonly doneAt: Date | null;
}

/** What somebody outside was told and may rely on. */
export interface Acknowledged {
  readonly runs: readonly string[];
  readonly decisions: readonly { readonly runId: string; readonly decision: string }[];
  readonly entries: readonly { readonly seq: string; readonly chainHash: string }[];
}

/** Everything that is known after a campaign, from parties that do not know each other. */
export interface Evidence {
  readonly runs: readonly Pick<Run, 'id' | 'service' | 'status' | 'outcome' | 'artifact' | 'pr_number'>[];
  readonly entries: readonly SeenEntry[];
  readonly verified: Pick<VerifyResult, 'ok' | 'problems'>;
  readonly ledger: readonly LedgerLine[];
  readonly targets: ReadonlyMap<string, LedgerState>;
  readonly calls: readonly SeenCall[];
  readonly modelRequests: readonly ModelRequest[];
  readonly acknowledged: Acknowledged;
  readonly rollbacks: readonly Pick<Rollback, 'id' | 'run_id' | 'service' | 'status'>[];
  /** Where processes came by and died: not what is checked, but how much it proves. */
  readonly points: readonly SeenPoint[];
  /** Leases, places in line and jobs that nobody needs any more. */
  readonly left: readonly Left[];
}

interface Left {
  readonly runId: string | null;
  readonly what: string;
}

export async function collectEvidence(
  fleet: ChaosFleet,
  acknowledged: Omit<Acknowledged, 'entries'>,
): Promise<Evidence> {
  const { db } = fleet.core;
  const entries: SeenEntry[] = [];
  for await (const { seq, chainHash, recordedAt, body } of readLog(db))
    entries.push({ seq, chainHash, recordedAt, entry: Entry.parse(JSON.parse(body)) });
  return {
    runs: await db.selectFrom('slipway.runs').selectAll().execute(),
    entries,
    verified: await verifyLog(db),
    ledger: readLines(fleet.target.ledgerFile).map((line) => LedgerLine.parse(JSON.parse(line))),
    targets: new Map(
      await Promise.all(SERVICE_NAMES.map(async (name) => [name, await askTarget(fleet, name)] as const)),
    ),
    calls: await readCalls(fleet),
    modelRequests: fleet.model.requests,
    acknowledged: { ...acknowledged, entries: readShipped(fleet) },
    rollbacks: await db.selectFrom('slipway.rollbacks').selectAll().execute(),
    points: fleet.crashOrders.read(),
    left: [...(await readLeases(fleet)), ...(await readJobs(fleet)), ...(await readOpen(fleet))],
  };
}

async function askTarget({ target }: ChaosFleet, service: string): Promise<LedgerState> {
  for (;;) {
    const response = await fetch(`${target.url}/v1/services/${service}`, {
      headers: { authorization: `Bearer ${target.token}` },
    });
    // It makes trouble here too.
    if (response.status === 503) continue;
    const state = StateAnswer.parse(await response.json());
    return {
      production: state.production?.version ?? 'none',
      canary: state.canary?.version ?? null,
      staging: state.staging?.version ?? null,
      base: state.base?.version ?? null,
      canaryPct: state.canaryPct,
    };
  }
}

async function readCalls({ core }: ChaosFleet): Promise<SeenCall[]> {
  const rows = await core.db.selectFrom('slipway.agent_calls').selectAll().execute();
  return Promise.all(
    rows.map(async (row) => {
      const request = await getJsonBlob(core.db, Digest.parse(row.request), AgentRequest);
      return {
        id: row.id,
        runId: row.run_id,
        doneAt: row.done_at,
        content: hashContent(JSON.stringify(request?.input)),
      };
    }),
  );
}

const Shipped = z.object({ seq: z.string(), chain_hash: z.string() });

/** A process that was killed may have left half a line at the end of its file. */
function readShipped({ auditFiles }: ChaosFleet): Acknowledged['entries'] {
  return auditFiles.flatMap(readLines).flatMap((line) => {
    try {
      const { seq, chain_hash: chainHash } = Shipped.parse(JSON.parse(line));
      return [{ seq, chainHash }];
    } catch {
      return [];
    }
  });
}

async function readLeases({ core }: ChaosFleet): Promise<Left[]> {
  const held = await core.db.selectFrom('slipway.leases').selectAll().where('holder', 'is not', null).execute();
  const asked = await core.db.selectFrom('slipway.lease_requests').selectAll().execute();
  return [
    ...held.map(({ name, holder }) => ({ runId: holder, what: `lease ${name}` })),
    ...asked.map(({ name, run_id }) => ({ runId: run_id, what: `place in line for ${name}` })),
  ];
}

/**
 * Questions that nobody answered, withdrew or let expire. Slots of killed replicas are not looked for: they hold nobody up, and the
 * sweeper clears them minutes after their call is done, which is after the campaign.
 */
async function readOpen({ core }: ChaosFleet): Promise<Left[]> {
  const questions = await core.db
    .selectFrom('slipway.escalations')
    .selectAll()
    .where('decided_at', 'is', null)
    .execute();
  return questions.map(({ run_id, stage, question }) => ({ runId: run_id, what: `question ${question} of ${stage}` }));
}

async function readJobs({ core }: ChaosFleet): Promise<Left[]> {
  const states = ['active', 'waiting', 'delayed', 'prioritized', 'waiting-children'] as const;
  const jobs = await Promise.all(
    QUEUE_NAMES.map(async (name) => {
      const found = await core.queues.byName[name].getJobs([...states]);
      // What keeps baselines fresh belongs to no run, and waits for its next time for ever.
      const ofRuns = found.filter((job) => Boolean(job) && job.name !== BASELINE_JOB);
      return Promise.all(
        ofRuns.map(async (job) => ({
          // Ids of all jobs of a run begin with the run's.
          runId: job.id?.slice(0, 32) ?? null,
          what: `${await job.getState()} job ${job.id} in ${name}`,
        })),
      );
    }),
  );
  return jobs.flat();
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

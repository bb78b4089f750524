import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { Staging } from '../../src/config/staging-schema.ts';
import { RunId, Sha } from '../../src/ids.ts';
import { heldLease } from '../../src/store/leases.ts';
import type { Run } from '../../src/store/tables.ts';
import type { Entered } from '../../src/workers/enter-stage.ts';
import { loadBlocks } from '../../src/workers/staging/load-blocks.ts';
import { openStagingParts } from '../../src/workers/staging/staging-parts.ts';
import { type Flow, person } from '../support/fleet-flow.ts';
import { EVERY_EFFECT, effectsOf, GOOD, useFlows, waitsFor } from '../support/flow-cases.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

const flows = useFlows();
const { withFlow } = flows;

/** Ten blocks of 20 requests for each version. */
const COMPARED = {
  config: {
    staging: { duration_s: 2, load: { rate_rps: 200, warm_up_s: 0.1 }, regression: { compare: 'base', slack_ms: 20 } },
  },
};
const decide = (flow: Flow, run: Run, decision: 'approve' | 'reject') =>
  flow.desk.decide(
    RunId.parse(run.id),
    { decision, reason: 'looked at it', head_sha: Sha.parse(run.head_sha) },
    person('mara'),
  );
const BOTH_STAGED = ['deploy staging', 'deploy base', 'retire base', 'retire staging'];

async function comparison(flow: Flow, id: string) {
  const { measurement } = (await flow.recorded(id, 'staging_measured')).entry.payload;
  return measurement as { comparison: unknown; base: unknown };
}

it.concurrent('loads the merge and what it was made from in turn, and goes on when it is no worse', () =>
  withFlow(async (flow) => {
    const run = await flow.enqueue(1, flow.open(1, GOOD));
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
    expect(effectsOf(flow)).toEqual([...BOTH_STAGED, ...EVERY_EFFECT.slice(2)]);
    expect(flow.target.world).toMatchObject({ staging: null, base: null });
    const seen = await comparison(flow, run.id);
    expect(seen.comparison).toMatchObject({ blocks: 10, errors: { head_requests: 200, base_requests: 200 } });
    const parts = await flow.parts(run.id);
    expect(parts).toEqual(
      ['base-health', 'smoke', 'warm-up', ...Array.from({ length: 10 }, (_, n) => `block-${n}`)].toSorted(),
    );
  }, COMPARED));

it.concurrent('blocks what is slower than its base, with the numbers of both', () =>
  withFlow(async (flow) => {
    flow.target.world.stagedMs = 120;
    const run = await flow.enqueue(2, flow.open(2, GOOD));
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'regression' });
    expect(effectsOf(flow)).toEqual(BOTH_STAGED);
    const { rationale } = (await flow.recorded(run.id, 'staging_rejection')).entry;
    expect(rationale).toMatch(
      /^p50 is \d{3,}(\.\d+)? ms against \d+(\.\d+)? ms of the base \(× [\d.]+\), limit × 1.25 \+ 20 ms/,
    );
  }, COMPARED));

it.concurrent('lets through what is as slow as its base: that is no fault of the change', () =>
  withFlow(async (flow) => {
    Object.assign(flow.target.world, { stagedMs: 120, baseMs: 120 });
    const run = await flow.enqueue(3, flow.open(3, GOOD));
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
  }, COMPARED));

const BROKEN_BASE = { config: { staging: { ...COMPARED.config.staging, health_deadline_s: 0.3 } } };

it.concurrent('lets a change mend a branch that does not start: measured alone, put away, and a person decides', () =>
  withFlow(async (flow) => {
    flow.target.world.baseUp = false;
    const run = await flow.enqueue(4, flow.open(4, GOOD));
    await waitsFor(flow, run.id, 'for a person to decide');
    const asked = (await flow.recorded(run.id, 'escalated')).entry;
    expect(asked).toMatchObject({ stage: 'staging', payload: { reasons: [{ code: 'base_unhealthy' }] } });
    // A person may take days: the place is the next run's.
    expect(effectsOf(flow)).toEqual(BOTH_STAGED);
    expect(await heldLease(flows.ground.db, `staging:${flow.service}`, run.id)).toBeNull();
    const { measurement } = (await flow.recorded(run.id, 'staging_measured')).entry.payload;
    expect(measurement).toMatchObject({ comparison: null, base: { measured: null }, measured: { requests: 400 } });
    await decide(flow, run, 'approve');
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
    const validation = (await flow.recorded(run.id, 'staging_validation')).entry.payload;
    expect(validation).toMatchObject({ let_through: [{ code: 'base_unhealthy' }] });
  }, BROKEN_BASE));

it.concurrent('ends a change to a broken branch that a person rejects', () =>
  withFlow(async (flow) => {
    flow.target.world.baseUp = false;
    const run = await flow.enqueue(5, flow.open(5, GOOD));
    await waitsFor(flow, run.id, 'for a person to decide');
    await decide(flow, run, 'reject');
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rejected' });
    expect(effectsOf(flow)).toEqual(BOTH_STAGED);
  }, BROKEN_BASE));

it.concurrent('asks nobody about a change to a broken branch that would not pass anyway', () =>
  withFlow(async (flow) => {
    Object.assign(flow.target.world, { baseUp: false, stagedStatus: 503 });
    const run = await flow.enqueue(6, flow.open(6, GOOD));
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'blocked', outcome_reason: 'smoke_failed' });
    expect(await flow.events(run.id)).not.toContain('escalated');
  }, BROKEN_BASE));

it.concurrent('goes on after the block that was kept last, wherever the load was cut off', async () => {
  const { db } = flows.ground;
  const run = makeRunFacts({ repo: 'acme/blocks' });
  await insertRun(db, run);
  let asked = 0;
  const stop = new AbortController();
  const server = createServer((_request, response) => {
    asked += 1;
    // In the middle of the fourth block of 40 requests, 20 for each version.
    if (asked === 3 * 40 + 15) stop.abort(new Error('the worker dies'));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const staging = Staging.parse({ duration_s: 2, load: { rate_rps: 200, warm_up_s: 0 } });
    const service = { staging } as Entered['service'];
    const endpoints = { head: endpoint, base: endpoint };
    // A step ends after some seconds; the next one goes on.
    const load = async (signal: AbortSignal): Promise<number> => {
      const parts = openStagingParts(db, run.id, 0);
      for (;;) {
        const loaded = await loadBlocks({ service }, { parts, endpoints, signal });
        if (loaded.kind === 'blocks') return loaded.blocks.length;
      }
    };
    await expect(load(stop.signal)).rejects.toThrow('the worker dies');
    const kept = async () =>
      (
        await db.selectFrom('slipway.staging_parts').select(['part', 'at']).where('run_id', '=', run.id).execute()
      ).toSorted((a, b) => a.at.getTime() - b.at.getTime());
    const before = await kept();
    expect(before.map(({ part }) => part)).toEqual(['block-0', 'block-1', 'block-2']);
    expect(await load(new AbortController().signal)).toBe(10);
    expect((await kept()).slice(0, 3)).toEqual(before);
    const measured = asked;
    expect(await load(new AbortController().signal)).toBe(10);
    expect(asked).toBe(measured);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

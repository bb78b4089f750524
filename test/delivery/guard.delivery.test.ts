import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forgetfulLedger } from '../../src/delivery/forgetful-ledger.ts';
import { StoreDown } from '../../src/errors.ts';
import { openGuardFile } from '../../src/guard/guard-file.ts';
import { makeGuardMetrics } from '../../src/guard/guard-metrics.ts';
import type { GuardedCanary, Zeroed } from '../../src/guard/guard-state.ts';
import { startGuard } from '../../src/guard/make-guard.ts';
import { newRunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { becomeHealthy, never, RECEIPT } from '../contract/delivery-target.ts';
import { eventually } from '../support/eventually.ts';
import { type HaproxyStage, withHaproxy } from '../support/haproxy-stage.ts';
import { makeArtifact } from '../support/local-target.ts';
import { keepSending } from '../support/send-traffic.ts';

const service = 'shop';

async function giveCanary(stage: HaproxyStage, canaryPct: number): Promise<void> {
  const artifact = await makeArtifact(stage.directory, 'canary');
  const effect = { id: 'up', fence: '1' };
  await stage.target.deploy(RECEIPT, { service, environment: 'canary', artifact, effect }, never());
  await becomeHealthy(stage.target, service, 'canary');
  await stage.target.setWeight(RECEIPT, { service, canaryPct, effect }, never());
}

/** A guard that was started anew with Redis and PostgreSQL gone: all it has is its file, in which nobody watches the canary. */
function startGuardOver(stage: HaproxyStage): { remembered: () => Zeroed | null; close: () => Promise<void> } {
  const directory = join(stage.directory, 'guard');
  const canary: GuardedCanary = {
    run_id: newRunId(),
    service,
    fence: '1',
    started: { seq: '12', chain_hash: '0'.repeat(64) },
    traffic: true,
    promoting: false,
    limit_ms: 60_000,
    watched_at: new Date(Date.now() - 61_000).toISOString(),
    zeroed: null,
  };
  openGuardFile(directory).save([canary]);
  const away = () => Promise.reject(new StoreDown('postgres'));
  const guard = startGuard({
    file: openGuardFile(directory),
    readSight: away,
    note: away,
    record: away,
    target: () => stage.target,
    metrics: makeGuardMetrics(),
    log: makeLogger({ name: 'guard', level: 'silent' }),
    now: () => new Date(),
    clock: () => performance.now(),
    everyMs: 50,
    targetTimeoutMs: 5_000,
    escalateMs: 500,
  });
  return { remembered: () => openGuardFile(directory).canaries[0]?.zeroed ?? null, close: () => guard.close() };
}

it('takes the canary out of a real HAProxy under load, without a failed request, and keeps it out over a reload and a person’s hand', () =>
  withHaproxy(forgetfulLedger, async (stage) => {
    await giveCanary(stage, 25);
    const load = keepSending(stage.publicUrl);
    const guard = startGuardOver(stage);
    await eventually('it is out of traffic', async () => (await stage.target.getWeight(service, never())) === 0);
    const zeroed = await eventually('it is in the file', guard.remembered);
    expect(zeroed).toMatchObject({ cause: 'store_silent', from_pct: 25, by: 'weight', recorded: false });
    load.forgetNames();
    await eventually('users are served', () => load.count('production') > 100);
    expect(load.count('canary')).toBe(0);
    await stage.reload();
    await stage.socket(['set weight shop/canary 100'], never());
    await eventually('it is out again', async () => (await stage.target.getWeight(service, never())) === 0);
    await load.end();
    expect(load.failures()).toBe(0);
    expect(guard.remembered()).toEqual(zeroed);
    await guard.close();
  }));

it('stops the canary itself when HAProxy is gone and cannot be told for too long; production goes on', () =>
  withHaproxy(forgetfulLedger, async (stage) => {
    await giveCanary(stage, 25);
    await stage.haproxy.end('SIGKILL');
    const guard = startGuardOver(stage);
    const zeroed = await eventually('it is stopped', guard.remembered);
    expect(zeroed).toMatchObject({ by: 'stop', from_pct: null });
    const slots = await stage.vm.deployer.describe(never());
    expect(slots.canary).toBeNull();
    expect(slots.production).not.toBeNull();
    await guard.close();
  }));

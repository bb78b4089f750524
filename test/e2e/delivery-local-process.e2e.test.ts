import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIdentity } from '../../src/delivery/local/process-identity.ts';
import { openProcessLedger } from '../../src/delivery/local/process-ledger.ts';
import { makeLogger } from '../../src/log.ts';
import { never, RECEIPT } from '../contract/delivery-target.ts';
import { eventually } from '../support/eventually.ts';
import {
  clientsOf,
  deployCanary,
  productionUp,
  publicUrl,
  service,
  whoAnswers,
  withProcess,
} from '../support/local-stage.ts';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const pidOf = async (url: string): Promise<number> => {
  const body: unknown = await (await fetch(url)).json();
  return typeof body === 'object' && body !== null && 'pid' in body ? Number(body.pid) : 0;
};

describe('what is started', () => {
  it('inherits no secret and no environment of the target', () =>
    withProcess(async ({ target, production }) => {
      const env: unknown = await (await fetch(`${await publicUrl(target)}/env`)).json();
      expect(JSON.stringify(env)).not.toMatch(/a-secret-of-the-target|a-token-of-the-tests/);
      const own = ['HOME', 'HOST', 'LANG', 'NODE_ENV', 'PATH', 'PORT', 'SLIPWAY_ENVIRONMENT', 'SLIPWAY_VERSION'];
      expect(
        Object.keys(env ?? {})
          .filter((key) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(key))
          .toSorted(),
      ).toEqual(own);
      expect(env).toMatchObject({ SLIPWAY_VERSION: production.digest, HOME: production.directory });
    }));

  it('ends with the target, and its port is free', () =>
    withProcess(async (stage) => {
      const { target, running } = stage;
      await deployCanary(stage, 5);
      const state = await target.describe(service, never());
      const pids = await Promise.all([pidOf(`${state.production?.endpoint}/`), pidOf(`${state.canary?.endpoint}/`)]);
      expect(pids.every(isRunning)).toBe(true);
      expect(await running.end()).toBe(0);
      expect(pids.map(isRunning)).toEqual([false, false]);
      await expect(fetch(state.publicEndpoint)).rejects.toThrow('fetch failed');
    }));

  it('does not outlive a target that was killed', () =>
    withProcess(async (stage) => {
      const { target, running } = stage;
      const pid = await pidOf(`${await publicUrl(target)}/`);
      expect(isRunning(pid)).toBe(true);
      await running.kill();
      await eventually('the service is gone', () => !isRunning(pid));
    }));
});

describe('a restart of the target', () => {
  it('after kill -9: production serves at the same place, the canary has no weight, effects are remembered', () =>
    withProcess(async (stage) => {
      const { room, running, production } = stage;
      const canary = await deployCanary(stage, 20);
      const before = await stage.target.describe(service, never());
      await running.kill();
      const { target, metrics } = clientsOf((await room.start()).url);
      await productionUp(metrics);
      const after = await target.describe(service, never());
      expect(after).toMatchObject({
        production: { version: production.digest },
        canary: { version: canary.digest },
        canaryPct: 0,
      });
      expect(after.publicEndpoint).toBe(before.publicEndpoint);
      expect(new Set(await whoAnswers(after.publicEndpoint, 20))).toEqual(new Set([production.digest]));
      const again = {
        service,
        environment: 'canary',
        artifact: canary,
        effect: { id: 'deploy-canary', fence: '1' },
      } as const;
      expect(await target.deploy(RECEIPT, again, never())).toEqual(before.canary);
      // An effect that was done is not done again: the caller sees the weight in the read-back and sets it anew.
      await target.setWeight(RECEIPT, { service, canaryPct: 20, effect: { id: 'weight-canary', fence: '1' } }, never());
      expect((await target.describe(service, never())).canaryPct).toBe(0);
      const stale = target.setWeight(RECEIPT, { service, canaryPct: 20, effect: { id: 'new', fence: '0' } }, never());
      await expect(stale).rejects.toMatchObject({ code: 'STALE_FENCE' });
    }));

  it('keeps the promoted version and what production measured', () =>
    withProcess(async (stage) => {
      const { room, running, target, metrics } = stage;
      const canary = await deployCanary(stage, 5);
      await whoAnswers(await publicUrl(target), 100);
      await target.promote(RECEIPT, { service, version: canary.digest, effect: { id: 'p', fence: '1' } }, never());
      const measured = await metrics.baseline(service, never());
      expect(await running.end()).toBe(0);
      const next = clientsOf((await room.start()).url);
      await productionUp(next.metrics);
      expect(await next.target.describe(service, never())).toMatchObject({
        production: { version: canary.digest },
        canary: null,
      });
      expect(await next.metrics.baseline(service, never())).toEqual(measured);
      const { control } = await next.metrics.snapshot(service, never());
      expect(control).toMatchObject({ total: 0, version: canary.digest });
    }));

  it('does not start on a state that cannot be read, nor beside a living target', () =>
    withProcess(async ({ room, running }) => {
      await expect(room.start()).rejects.toThrow('another local target');
      await running.end();
      await writeFile(join(room.directory, 'target', 'services', `${service}.json`), '{"production":');
      await expect(room.start()).rejects.toThrow('Unexpected end of JSON');
    }));
});

describe('the ledger of processes', () => {
  const log = makeLogger({ level: 'silent', name: 'test' });

  it('ends what a predecessor left behind, and nobody who only has its pid', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-ledger-'));
    const [left, other] = [spawnSleep(), spawnSleep()];
    try {
      const first = openProcessLedger(directory, log);
      const identity = readIdentity(left.pid ?? 0);
      expect(identity).not.toBeNull();
      first.note({ started: identity ?? { pid: 0, started: '' } });
      first.note({ started: { pid: other.pid ?? 0, started: 'at another time' } });
      first.close();
      const gone = once(left, 'exit');
      openProcessLedger(directory, log).close();
      expect((await gone)[1]).toBe('SIGKILL');
      expect(isRunning(other.pid ?? 0)).toBe(true);
    } finally {
      other.kill('SIGKILL');
      left.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('takes over a lock whose owner is dead, not one whose owner lives', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-ledger-'));
    try {
      const held = openProcessLedger(directory, log);
      expect(() => openProcessLedger(directory, log)).toThrow(`another local target (pid ${process.pid})`);
      held.close();
      await writeFile(join(directory, 'target.lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
      openProcessLedger(directory, log).close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

function spawnSleep(): ChildProcess {
  return spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
}

import { setTimeout as wait } from 'node:timers/promises';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import type { ChaosFleet } from './chaos-fleet.ts';
import type { Fault } from './schedule.ts';

/** Does one harm and undoes it after its time. Resolves when it is undone. */
export async function applyFault(fleet: ChaosFleet, fault: Fault): Promise<void> {
  const { redis, postgres, wires, target } = fleet;
  switch (fault.kind) {
    case 'kill':
      return processAt(fleet, fault.process).kill(fault.ms);
    case 'freeze':
      return processAt(fleet, fault.process).freeze(fault.ms);
    case 'redis-kill':
      await redis.kill();
      await wait(fault.ms);
      return redis.start();
    case 'redis-freeze':
      return freeze(redis, fault.ms);
    case 'redis-flush':
      await fleet.core.queues.redis.flushall();
      return;
    case 'postgres-kill':
      await postgres.kill();
      await wait(fault.ms);
      return postgres.start();
    case 'postgres-freeze':
      return freeze(postgres, fault.ms);
    case 'stores-kill':
      await Promise.all([redis.kill(), postgres.kill()]);
      await wait(fault.ms);
      await Promise.all([redis.start(), postgres.start()]);
      return;
    case 'cut':
      wires[fault.store].cut();
      await wait(fault.ms);
      wires[fault.store].mend();
      return;
    case 'mute':
      wires[fault.store].muteAnswers();
      await wait(fault.ms);
      wires[fault.store].unmute();
      return;
    case 'target-freeze':
      sendSignal(target.pid, 'SIGSTOP');
      await wait(fault.ms);
      sendSignal(target.pid, 'SIGCONT');
  }
}

/** What it touches: two faults do not lay hands on the same thing at once. */
export function thingsOf(fault: Fault): string[] {
  switch (fault.kind) {
    case 'kill':
    case 'freeze':
      return [`process-${fault.process}`];
    case 'redis-kill':
    case 'redis-freeze':
    case 'redis-flush':
      return ['redis'];
    case 'postgres-kill':
    case 'postgres-freeze':
      return ['postgres'];
    case 'stores-kill':
      return ['redis', 'postgres'];
    case 'cut':
    case 'mute':
      return [`wire-${fault.store}`];
    case 'target-freeze':
      return ['target'];
  }
}

async function freeze(store: ChaosFleet['redis'], ms: number): Promise<void> {
  await store.freeze();
  await wait(ms);
  await store.thaw();
}

function processAt(fleet: ChaosFleet, index: number) {
  const found = fleet.processes[index];
  if (found === undefined) throw new Error(`there is no process ${index}`);
  return found;
}

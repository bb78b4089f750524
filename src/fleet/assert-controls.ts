import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { PausableQueue } from './control.ts';
import type { Controls } from './read-controls.ts';

/**
 * Makes Redis agree with what operators want: the agents' cap, and which queues are paused. Redis forgets both when it
 * loses its data. The canary queue is never paused in Redis: its brake is looked at before a canary starts, so that one
 * with traffic is still watched.
 * @throws whatever Redis says when it is out of reach.
 */
export async function assertControls(queues: Queues, controls: Controls, log: Logger): Promise<void> {
  await assertAgentCap(queues, controls, log);
  for (const name of PausableQueue.options) {
    const queue = queues.byName[name];
    const wanted = name !== 'canary' && controls.pauses.has(name);
    if ((await queue.isPaused()) === wanted) continue;
    await (wanted ? queue.pause() : queue.resume());
    log.warn({ queue: name, paused: wanted }, 'queue brake set');
  }
}

async function assertAgentCap(queues: Queues, { agentCap }: Controls, log: Logger): Promise<void> {
  if (agentCap === null) return;
  const wanted = agentCap.value.value;
  const current = await queues.byName.agents.getGlobalConcurrency();
  if (current === wanted) return;
  await queues.byName.agents.setGlobalConcurrency(wanted);
  log.info({ from: current, to: wanted }, 'agent cap set');
}

import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { type ControlDeps, changeControl } from './change-control.ts';
import { pauseControl } from './control.ts';

/**
 * The model account's spend limit is reached: asking again costs nothing and helps nobody, so the agents' queue stops for
 * the whole fleet until a person resumes it. Every replica that meets the limit at the same moment records the same pause,
 * and so does the next one after a resume that came too early.
 * @throws {StoreDown} The queue is then paused until the next sweep, whose call would meet the limit again.
 */
export async function pauseForMoney(
  deps: ControlDeps & { readonly queues: Queues; readonly log: Logger },
  detail: string,
): Promise<void> {
  // A brake may come before its entry: stopping is always allowed.
  await deps.queues.byName.agents.pause();
  const { changed } = await changeControl(deps, {
    name: pauseControl('agents'),
    value: { on: true, cause: 'spend_limit' },
    outcome: 'paused',
    actor: { kind: 'system', id: 'slipway' },
    reason: `the model account’s spend limit is reached: ${detail}`.slice(0, 1000),
  });
  if (changed)
    deps.log.error({ detail }, 'the spend limit is reached: agents are paused until `slipway fleet resume agents`');
}

import type { Config } from '../config/config.ts';
import type { Logger } from '../log.ts';
import type { Core } from '../open-core.ts';
import { assertControls } from './assert-controls.ts';
import { seedControl } from './change-control.ts';
import { AGENT_CAP } from './control.ts';
import { readControls } from './read-controls.ts';

/** The configuration gives the cap its first value only; afterwards it is what operators set. */
export async function setUpControls(config: Config, core: Core, log: Logger): Promise<void> {
  const configured = config.orchestration.max_concurrent_agents;
  const { value, actor } = await seedControl(core.db, AGENT_CAP, { value: configured });
  const controls = await readControls(core.db);
  await assertControls(core.queues, controls, log);
  if (controls.agentCap?.value.value !== configured)
    log.info(
      { configured, fleet: value, by: actor },
      'the fleet’s cap is not the configuration’s: `slipway fleet set` changes it',
    );
}

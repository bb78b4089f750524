import { type Config, resolveService } from './config/config.ts';
import { adoptProduction, makeLocalTarget } from './delivery/local/make-local-target.ts';
import { PermanentFailure } from './errors.ts';
import type { Logger } from './log.ts';
import { openGit } from './open-git.ts';

const SEED_TIMEOUT_MS = 120_000;

/**
 * Gives each service of the local target a first production version, the tip of its target branch, where it has none:
 * a canary needs something to be compared with. What runs already is left alone.
 */
export async function seedProduction(config: Config, log: Logger): Promise<void> {
  const { localTargetUrl: url, localTargetToken: token } = config.env;
  if (url === undefined || token === undefined)
    throw new PermanentFailure('NO_TARGET', 'the local delivery target has no address');
  const target = makeLocalTarget({ url, token, log });
  const repository = openGit(config, log);
  for (const name of Object.keys(config.services)) {
    const service = resolveService(config, name);
    const signal = AbortSignal.timeout(SEED_TIMEOUT_MS);
    if (service?.delivery.kind !== 'local' || (await target.describe(name, signal)).production !== null) continue;
    const tip = await repository.targetTip(service.repository, service.target_branch, signal);
    const artifact = await repository.materialise(service.repository, tip, signal);
    await adoptProduction({ url, token }, { service: name, artifact }, signal);
    log.info({ service: name, commit: tip, version: artifact.digest }, 'first production version deployed');
  }
}

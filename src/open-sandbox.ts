import type { Config } from './config/config.ts';
import type { Logger } from './log.ts';
import { makeSandbox } from './sandbox/make-sandbox.ts';
import { probeSandbox } from './sandbox/probe-sandbox.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

export interface WorkerSandbox {
  readonly sandbox: Sandbox;
  /** False: the start-up probe got out, so nothing untrusted runs here. */
  readonly ready: boolean;
  readonly problem: string;
  readonly close: () => Promise<void>;
}

/** Opens the sandbox and attacks it before anything is trusted to it. */
export async function openWorkerSandbox(config: Config, log: Logger): Promise<WorkerSandbox> {
  const settings = { uid: config.fleet.sandbox_uid, log };
  const sandbox = makeSandbox(settings);
  const readiness = await probeSandbox(settings);
  const broken = readiness.attacks.filter((attack) => !attack.held).map((attack) => `${attack.name}: ${attack.detail}`);
  if (!readiness.ready) log.error({ broken }, 'the sandbox does not hold: generated tests will not be run here');
  return { sandbox, ready: readiness.ready, problem: broken.join('; '), close: sandbox.close };
}

import type { ResolvedService } from '../config/config.ts';
import type { Logger } from '../log.ts';
import { type BaselinePorts, pullBaseline } from '../runs/pull-baseline.ts';
import { BaselineJob } from '../runs/schedule-baselines.ts';

export interface BaselineChorePorts extends Pick<BaselinePorts, 'db' | 'now'> {
  readonly service: (name: string) => ResolvedService | undefined;
  readonly metrics: (name: string) => BaselinePorts['metrics'];
  readonly log: Logger;
}

/** Keeps the baseline of one service fresh; a refusal is for people to read, and staging meets it again by itself. */
export function makeBaselineChore(ports: BaselineChorePorts) {
  return async function pullForService(data: unknown, signal: AbortSignal): Promise<void> {
    const { service: name } = BaselineJob.parse(data);
    const service = ports.service(name);
    if (service === undefined) return;
    const metrics = ports.metrics(name);
    const pulled = await pullBaseline({ ...ports, metrics, settings: service.staging.baseline }, name, signal);
    if (pulled.kind === 'refused')
      ports.log.warn({ service: name, code: pulled.code, why: pulled.detail }, 'the baseline was refused');
    else ports.log.info({ service: name, digest: pulled.digest }, 'the baseline was pulled');
  };
}

import type { Logger } from '../log.ts';
import type { ReadinessReport } from './server-deps.ts';

/** The readiness report; a check that fails itself is a reason not to be ready. */
export async function checkReadiness(readiness: () => Promise<ReadinessReport>, log: Logger): Promise<ReadinessReport> {
  try {
    return await readiness();
  } catch (error) {
    log.warn({ err: error }, 'the readiness check failed');
    return { ready: false, reasons: ['the readiness check itself failed'] };
  }
}

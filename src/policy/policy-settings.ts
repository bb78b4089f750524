import type { SlipwayFile } from '../config/schema.ts';
import { PermanentFailure } from '../errors.ts';
import type { PolicySettings } from './decide-policy.ts';

/**
 * The part of a configuration that decides about the changes of one service. Pure.
 * @throws {PermanentFailure} UNKNOWN_SERVICE.
 */
export function policySettings(file: SlipwayFile, service: string, automatedPct: number): PolicySettings {
  const own = file.services[service];
  if (own === undefined) throw new PermanentFailure('UNKNOWN_SERVICE', `${service} is not in this slipway.yaml`);
  const { tiers, change_classes, author_history } = file;
  return {
    thresholds: file.thresholds,
    own: Object.fromEntries(Object.entries(own.thresholds ?? {}).filter(([, value]) => value !== undefined)),
    tier: own.tier,
    rules: file.escalation.auto_route_to_human,
    sections: { tiers, change_classes, author_history },
    automated_pct: automatedPct,
  };
}

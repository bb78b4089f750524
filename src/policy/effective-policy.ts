import canonicalizeModule from 'canonicalize';
import type { SlipwayFile } from '../config/schema.ts';
import { type Digest, digestOf } from '../ids.ts';
import type { BranchPolicyText } from './branch-policy.ts';

// The package is CommonJS whose exports are the function itself, while its types describe an ES default export.
const canonicalize: unknown = canonicalizeModule;

export interface EffectivePolicy {
  readonly text: string;
  readonly digest: Digest;
}

/**
 * All of the policy that can change what is decided about one service's changes: an approval is bound to its digest, and a
 * change of anything else (another service, a price, a person) leaves the approval valid. How far the rollout has come is
 * no part of it: who was asked because of it has answered.
 */
export function effectivePolicy(file: SlipwayFile, service: string, branch: BranchPolicyText): EffectivePolicy {
  if (typeof canonicalize !== 'function') throw new Error('canonicalize is not a function');
  const { thresholds, escalation, tiers, change_classes, author_history, approvals } = file;
  const own = file.services[service];
  const tier = own?.tier ?? 'standard';
  const text: unknown = canonicalize({
    service,
    tier,
    thresholds: { ...thresholds, ...own?.thresholds },
    own: Object.keys(own?.thresholds ?? {}).toSorted(),
    rules: escalation.auto_route_to_human,
    tier_rules: tiers[tier],
    change_classes,
    author_history,
    approvals,
    branch: branch.kind === 'ok' ? branch.policy : branch.kind,
  });
  if (typeof text !== 'string') throw new Error('the policy has no canonical text');
  return { text, digest: digestOf(text) };
}

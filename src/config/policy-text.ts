import canonicalizeModule from 'canonicalize';
import type { SlipwayFile } from './schema.ts';

// The package is CommonJS whose exports are the function itself, while its types describe an ES default export.
const canonicalize: unknown = canonicalizeModule;

/**
 * The RFC 8785 text of what decides about changes: equal policies give equal texts, whatever the order or the comments of
 * the file. Addresses, prices and sizes of the fleet are no policy and stay out.
 */
export function policyText(file: SlipwayFile): string {
  const { thresholds, audit, validation, escalation, services, people } = file;
  const { tiers, change_classes, author_history, approvals, rollout } = file;
  if (typeof canonicalize !== 'function') throw new Error('canonicalize is not a function');
  const text: unknown = canonicalize({
    thresholds,
    audit,
    validation,
    escalation,
    tiers,
    change_classes,
    author_history,
    approvals,
    rollout,
    services,
    people,
  });
  if (typeof text !== 'string') throw new Error('the policy has no canonical text');
  return text;
}

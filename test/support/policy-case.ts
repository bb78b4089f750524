import { SlipwayFile } from '../../src/config/schema.ts';
import type { AuthorRecord } from '../../src/policy/author-record.ts';
import type { PolicyCase, PolicySettings } from '../../src/policy/decide-policy.ts';
import { makeFacts, makeFile } from './change-facts.ts';

const file = SlipwayFile.parse({});

export function makeAuthorRecord(over: Partial<AuthorRecord> = {}): AuthorRecord {
  return { window_days: 30, deployed: 0, rolled_back: 0, rejected: 0, known: true, service_rollbacks: 0, ...over };
}

export function makeSettings(over: Partial<PolicySettings> = {}): PolicySettings {
  const { tiers, change_classes, author_history } = file;
  return {
    thresholds: file.thresholds,
    own: {},
    tier: 'standard',
    rules: file.escalation.auto_route_to_human,
    sections: { tiers, change_classes, author_history },
    automated_pct: 100,
    ...over,
  };
}

/** What the policy asks about besides the change itself. */
export function makePolicy(settings: Partial<PolicySettings> = {}, over: Partial<PolicyCase> = {}) {
  const none = { branch: { kind: 'none' } as const, author_record: makeAuthorRecord(), bucket: 50, emergency: false };
  return { ...none, ...over, settings: makeSettings(settings) };
}

/** A harmless bug fix. */
export function makePolicyCase(over: Partial<PolicyCase> = {}): PolicyCase {
  return {
    review: { kind: 'reviewed' },
    score: 1,
    facts: makeFacts(),
    change_type: 'bugfix',
    files: [makeFile()],
    problems: [],
    findings: [],
    service: 'shop',
    author: 'nina',
    author_record: makeAuthorRecord(),
    branch: { kind: 'none' },
    bucket: 50,
    emergency: false,
    ...over,
  };
}

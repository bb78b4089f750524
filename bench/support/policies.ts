const people = Object.fromEntries(
  ['ada', 'ben', 'cyd', 'dee', 'eli', 'fay', 'gus', 'hal'].map((name) => [
    name,
    { emails: [`${name}@example.com`], logins: [name] },
  ]),
);

function services(tiers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(tiers).map(([name, tier]) => [
      name,
      { repository: `/r/${name}`, repo: `acme/${name}`, tier, delivery: { kind: 'local', command: ['true'] } },
    ]),
  );
}

/** What a fleet was run under, one after the other: a loose one with a service that is gone since, a stricter one, and one that rolls out. */
export const POLICIES = [
  {
    profile: 'demo',
    people,
    services: services({ shop: 'standard', ledger: 'critical', legacy: 'internal' }),
    thresholds: { risk_score_max: 7 },
    escalation: { auto_route_to_human: ['schema_changes_detected'] },
  },
  {
    profile: 'demo',
    people,
    services: services({ shop: 'standard', ledger: 'critical' }),
    thresholds: { risk_score_max: 5 },
    escalation: { auto_route_to_human: ['schema_changes_detected', 'lines_changed > 400'] },
  },
  {
    profile: 'demo',
    people,
    services: services({ shop: 'standard', ledger: 'critical' }),
    thresholds: { risk_score_max: 6 },
    escalation: { auto_route_to_human: ['schema_changes_detected', 'risk_score >= 3.0 && tier == "critical"'] },
    rollout: { automated_pct: 25, min_runs: 50 },
  },
] as const;

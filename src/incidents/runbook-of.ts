const RUNBOOKS: Readonly<Record<string, string>> = {
  regression: 'canary-regression.md',
  canary_down: 'canary-down.md',
  metrics_unavailable: 'canary-metrics-unavailable.md',
  routing: 'canary-routing.md',
  environment: 'canary-environment.md',
  unwatched: 'canary-unwatched.md',
  gate_closed: 'canary-gate-closed.md',
  no_checkpoint: 'canary-no-checkpoint.md',
};

/** What to do about a cause: a file in docs/runbooks. A canary without proof has a runbook too. */
export function runbookOf(cause: string): string {
  return `docs/runbooks/${RUNBOOKS[cause] ?? 'canary-no-proof.md'}`;
}

import { z } from 'zod';
import { ChangeEcho } from '../agents/change-echo.ts';
import type { IncidentAnswer } from '../agents/incident-answer.ts';
import type { ValidationAnswer } from '../agents/validation-answer.ts';

const Measured = z.object({
  requests: z.number(),
  error_rate: z.number(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});

export const ValidationInput = z.object({
  task: z.literal('validation'),
  change: ChangeEcho,
  staged: Measured,
  base: Measured.nullable(),
  baseline: Measured,
  limits: z.object({ max_error_rate: z.number(), max_p99_ms: z.number() }),
  smoke: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
});

const Arm = z.object({
  requests: z.number(),
  errors: z.number(),
  error_rate: z.number(),
  slow: z.number(),
  slow_rate: z.number(),
  p99_ms: z.number().nullable(),
  up: z.boolean(),
});

export const IncidentInput = z.object({
  task: z.literal('incident'),
  change: ChangeEcho,
  service: z.string(),
  canary_pct: z.number(),
  reason: z.string(),
  thresholds: z.object({ error_rate: z.number(), p99_latency_ms: z.number() }),
  canary: Arm,
  control: Arm,
  files: z.array(z.object({ path: z.string() })),
});

/** Latencies below this are noise on any machine. */
const NOISE_MS = 20;

/** Healthy while every number is inside its limit and the middle of the distribution did not move against base. */
export function validateByScript(input: z.infer<typeof ValidationInput>): ValidationAnswer {
  const { staged, base, baseline, limits, smoke } = input;
  const regressions: string[] = [];
  for (const check of smoke.filter(({ passed }) => !passed))
    regressions.push(`smoke check ${check.name} failed: ${check.detail}`);
  if (staged.error_rate > limits.max_error_rate) {
    regressions.push(`error rate ${percent(staged.error_rate)} is above ${percent(limits.max_error_rate)}`);
  }
  if (staged.p99_ms === null || staged.p99_ms > limits.max_p99_ms) {
    regressions.push(`p99 ${ms(staged.p99_ms)} is above ${ms(limits.max_p99_ms)}`);
  }
  if (base && staged.p50_ms !== null && base.p50_ms !== null && staged.p50_ms > base.p50_ms * 2 + NOISE_MS) {
    regressions.push(`p50 went from ${ms(base.p50_ms)} to ${ms(staged.p50_ms)}: every request got slower`);
  }
  const proceed = regressions.length === 0;
  const numbers = `${staged.requests} requests, errors ${percent(staged.error_rate)}, p50 ${ms(staged.p50_ms)}, p99 ${ms(staged.p99_ms)}; production p99 ${ms(baseline.p99_ms)}`;
  const reasoning = proceed ? `Within every limit: ${numbers}.` : `${regressions.join('; ')}. Measured: ${numbers}.`;
  return {
    change_echo: input.change,
    healthy: proceed,
    regressions: regressions.slice(0, 50),
    proceed,
    reasoning: reasoning.slice(0, 4000),
  };
}

/** A report from the numbers alone; it names the files of the change and invents no cause. */
export function reportByScript(input: z.infer<typeof IncidentInput>): IncidentAnswer {
  const { canary, control, thresholds } = input;
  const files =
    input.files
      .map(({ path }) => path)
      .slice(0, 10)
      .join(', ') || 'no file';
  const summary =
    `The canary of ${input.service} took ${input.canary_pct} % of traffic and was rolled back: ${input.reason}. ` +
    `Of ${canary.requests} requests to the new version ${canary.errors} failed (${percent(canary.error_rate)}) and ${canary.slow} were slower than ${thresholds.p99_latency_ms} ms (${percent(canary.slow_rate)}). ` +
    `The old version failed ${control.errors} of ${control.requests} (${percent(control.error_rate)}) at the same time.`;
  const apart = canary.error_rate > control.error_rate || canary.slow_rate > control.slow_rate;
  const cause = apart
    ? `Both versions had the same traffic at the same time and only the new one left its limits, so the cause is in the change (${files}), not in the traffic. Staging did not show it, which points at behaviour that needs many or concurrent requests. Which line it is cannot be told from these numbers.`
    : `The numbers do not set the two versions apart, so they do not show that the change (${files}) is the cause.`;
  const contributing = [
    canary.up ? '' : 'The new version was not running at the end.',
    canary.requests < control.requests / 100 ? 'The canary saw few requests, so it took long to tell.' : '',
  ].filter((text) => text !== '');
  const recommendation = `Put ${Math.max(1000, canary.requests)} requests in parallel through the changed code before the next attempt; it is repaired when errors stay below ${percent(thresholds.error_rate)}.`;
  return {
    change_echo: input.change,
    summary: summary.slice(0, 4000),
    probable_cause: cause.slice(0, 4000),
    contributing,
    recommendation,
  };
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(2)} %`;
}

function ms(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(1)} ms`;
}

import { judgeCanary } from '../../src/delivery/judge/judge-canary.ts';
import { buildIncident } from '../../src/incidents/build-incident.ts';
import type { Incident } from '../../src/incidents/incident.ts';
import { limitsOf, repeat, ticksOf } from '../unit/delivery/canary-ticks.ts';
import { makeFakeDesk } from './fake-desk.ts';

const START = Date.parse('2026-11-23T10:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const limits = limitsOf();

/** Ten good ticks, then half of the canary's requests fail; the verdict half a second after tick 11, zero a second later. */
export function makeIncident(over: { title?: string; cause?: string } = {}): Incident {
  const ticks = ticksOf([...repeat(10, {}), { canary: 250, canaryErrors: 125, controlErrors: 5 }]);
  const judgement = judgeCanary({ ticks, limits });
  const desk = makeFakeDesk();
  const run = desk.seed({ title: over.title ?? 'Remember items', artifact: null });
  const weight = (pct: number, phase: 'intended' | 'completed', when: number) =>
    desk.append(
      run.id,
      { stage: 'canary', step: 'weight', event: `canary_weight.${phase}`, n: pct === 0 ? 1 : 0, payload: { pct } },
      at(when),
    );
  weight(5, 'intended', -1);
  weight(5, 'completed', 0);
  desk.append(
    run.id,
    {
      stage: 'canary',
      step: 'verdict',
      event: 'canary_verdict',
      outcome: judgement.verdict,
      rationale: judgement.why,
      payload: { cause: judgement.cause, numbers: judgement.numbers, missing: [] },
    },
    at(110.5),
  );
  weight(0, 'intended', 111);
  weight(0, 'completed', 111.5);
  const rolledBack = desk.append(run.id, {
    stage: 'canary',
    step: 'rollback',
    event: 'autonomous_rollback',
    outcome: over.cause ?? 'regression',
    rationale: judgement.why,
    payload: {
      cause: over.cause ?? judgement.cause,
      numbers: judgement.numbers,
      weight_zero_at: at(111.5).toISOString(),
    },
  });
  return buildIncident({
    run,
    entries: desk.entries(run.id),
    rolledBack,
    ticks,
    limits,
    files: ['src/items.js'],
    queries: ['sum(requests)'],
    now: at(112),
  });
}

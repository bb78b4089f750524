import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Delivery } from '../../../src/config/delivery-schema.ts';
import { describeQueries } from '../../../src/incidents/describe-queries.ts';
import { drawErrors } from '../../../src/incidents/draw-canary.ts';
import { renderIncident } from '../../../src/incidents/render-incident.ts';
import { runbookOf } from '../../../src/incidents/runbook-of.ts';
import { makeIncident } from '../../support/make-incident.ts';
import { limitsOf } from '../delivery/canary-ticks.ts';

const START = Date.parse('2026-11-23T10:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const limits = limitsOf();

describe('an incident', () => {
  it('says which test crossed, when, and how long it took to find and to take out', () => {
    const incident = makeIncident();
    expect(incident).toMatchObject({
      verdict: 'FAIL',
      cause: 'regression',
      runbook: 'docs/runbooks/canary-regression.md',
      first_crossing: { tick: 11, elapsed_s: 110, at: at(110).toISOString() },
      times: {
        traffic_at: at(0).toISOString(),
        first_fault_at: at(110).toISOString(),
        verdict_at: at(110.5).toISOString(),
        weight_zero_at: at(111.5).toISOString(),
        detection_s: 0.5,
        rollback_s: 1,
      },
    });
    expect(incident.tests.find(({ test }) => test === 'errors')).toMatchObject({ crossed: true, limit: 0.005 });
    expect(incident.tests.find(({ test }) => test === 'slow')).toMatchObject({ crossed: false });
  });

  it('counts what it cost: requests, what production would not have failed, and the error budget', () => {
    const { impact } = makeIncident();
    expect(impact).toMatchObject({ canary_requests: 2_750, failed: 125, slow: 0 });
    expect(impact.excess_failed).toBeCloseTo(125 - (5 / 52_250) * 2_750, 9);
    expect(impact.error_budget_spent).toBeCloseTo(125 / (55_000 * 0.005), 9);
  });

  it('has the series of both arms and the steps of the weight on one clock', () => {
    const { series, weights } = makeIncident();
    expect(series).toHaveLength(11);
    expect(series.at(-1)).toEqual({
      tick: 11,
      elapsed_s: 110,
      scored: true,
      canary: { requests: 250, errors: 125, slow: 0 },
      control: { requests: 4_750, errors: 5, slow: 0 },
    });
    expect(weights.map(({ elapsed_s, pct, phase }) => [elapsed_s, pct, phase])).toEqual([
      [-1, 5, 'intended'],
      [0, 5, 'completed'],
      [111, 0, 'intended'],
      [111.5, 0, 'completed'],
    ]);
  });

  it('has the cause that the rollback names, and none where there was no proof', () => {
    expect(makeIncident({ cause: 'unwatched' }).cause).toBe('unwatched');
    expect(makeIncident({ cause: 'INCONCLUSIVE' })).toMatchObject({
      cause: 'no_proof',
      runbook: 'docs/runbooks/canary-no-proof.md',
    });
  });

  it('names a runbook that is there for each cause', () => {
    for (const cause of [
      'regression',
      'canary_down',
      'metrics_unavailable',
      'routing',
      'environment',
      'unwatched',
      'no_proof',
    ])
      expect(existsSync(new URL(`../../../${runbookOf(cause)}`, import.meta.url)), cause).toBe(true);
  });
});

describe('the report', () => {
  it('is whole without an opinion, and marks one as such', () => {
    const incident = makeIncident();
    expect(renderIncident(incident, null, null)).toContain('Not written yet. The rollback did not wait for it.');
    const echo = { repo: 'acme/shop', pr_number: 1, head_sha: 'a'.repeat(40) };
    const answer = {
      change_echo: echo,
      summary: 'It leaks.',
      probable_cause: 'A map.',
      contributing: [],
      recommendation: 'Bound it.',
    };
    const text = renderIncident(incident, { model: 'm', answer, missing: null }, 'https://slipway.example.com');
    expect(text).toContain('*Written by m after the rollback; nothing rests on it.*');
    expect(text).toContain('> Probable cause: A map.');
    expect(text).toContain('| errors | 0.005 |');
    expect(text).toContain('- `src/items.js`');
    expect(text).toContain('](https://slipway.example.com/runbooks/canary-regression)');
  });

  it('lets words of others neither break its tables nor become links or markup', () => {
    const text = renderIncident(makeIncident({ title: 'a`b | [x](http://evil) <img src=x>\n# own' }), null, null);
    expect(text).not.toContain('\n# own');
    expect(text.split('\n')[0]).toBe('# Rollback of `a b [x](http://evil) <img src=x> # own` in `shop`');
  });
});

it('draws the canary, production, the limit and the steps of the weight', () => {
  const { series, weights } = makeIncident();
  const svg = drawErrors({ series, weights, limits });
  for (const words of ['canary', 'production', 'limit 0.5 %', '>5 % of traffic<', '>0 % of traffic<'])
    expect(svg).toContain(words);
  expect(svg).not.toContain('NaN');
  expect(drawErrors({ series: [], weights: [], limits })).not.toContain('NaN');
});

it('says how the counters were asked for', () => {
  const prometheus = Delivery.parse({
    kind: 'command',
    command: ['deploy'],
    public_url: 'https://shop.example.com',
    metrics: {
      kind: 'prometheus',
      url: 'http://prometheus:9090',
      up: 'up{arm="{{arm}}"}',
      total: 'sum(total{v="{{version}}"})',
      errors: 'sum(errors{arm="{{arm}}"})',
      buckets: 'sum by (le) (b{arm="{{arm}}"})',
    },
  });
  const versions = { production: 'a'.repeat(64), canary: 'b'.repeat(64) };
  expect(describeQueries(prometheus, versions)).toContain(`sum(total{v="${versions.canary}"})`);
  expect(describeQueries(prometheus, versions)).toContain('up{arm="production"}');
});

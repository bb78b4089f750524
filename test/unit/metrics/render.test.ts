import { describe, expect, it } from 'vitest';
import { renderCounter, renderHistogram } from '../../../src/metrics/render.ts';

describe('Prometheus text', () => {
  it('of a counter has its help, its type and a line for each row', () => {
    expect(
      renderCounter('runs_total', 'Runs.', [
        { labels: { outcome: 'deployed' }, value: 2 },
        { labels: {}, value: 1.5 },
      ]).split('\n'),
    ).toEqual([
      '# HELP runs_total Runs.',
      '# TYPE runs_total counter',
      'runs_total{outcome="deployed"} 2',
      'runs_total 1.5',
    ]);
  });

  it('of a counter without rows still says what it would be', () => {
    expect(renderCounter('runs_total', 'Runs.', [])).toBe('# HELP runs_total Runs.\n# TYPE runs_total counter');
  });

  it('escapes what would end a label early', () => {
    const text = renderCounter('x_total', 'X.', [{ labels: { model: 'a"b\\c\nd' }, value: 1 }]);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('x_total{model="a\\"b\\\\c\\nd"} 1');
  });

  it('of a histogram has every edge, +Inf as the count, and the sum', () => {
    expect(
      renderHistogram(
        'd_seconds',
        'D.',
        [0.5, 1],
        [{ labels: { stage: 'canary' }, counts: [1, 3], count: 4, sum: 9.25 }],
      ).split('\n'),
    ).toEqual([
      '# HELP d_seconds D.',
      '# TYPE d_seconds histogram',
      'd_seconds_bucket{stage="canary",le="0.5"} 1',
      'd_seconds_bucket{stage="canary",le="1"} 3',
      'd_seconds_bucket{stage="canary",le="+Inf"} 4',
      'd_seconds_sum{stage="canary"} 9.25',
      'd_seconds_count{stage="canary"} 4',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { judgeCanary } from '../../../src/delivery/judge/judge-canary.ts';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import { limitsOf, repeat, type Step, ticksOf } from './canary-ticks.ts';

const limits = limitsOf();
const WINDOW = 60;
const judge = (steps: readonly Step[], warmUpTicks = 0) =>
  judgeCanary({ ticks: ticksOf(steps, { warmUpTicks }), limits });

describe('PASS', () => {
  it('at the end of the first window with proof', () => {
    const judgement = judge(repeat(WINDOW, {}));
    expect(judgement).toMatchObject({ verdict: 'PASS', cause: null });
    expect(judgement.why).toContain('15000 canary requests');
    expect(judgement.numbers).toMatchObject({ canary_requests: 15_000, canary_errors: 0, watched_s: 600, coverage: 1 });
  });

  it('not one tick before the end, whatever the proof', () => {
    expect(judge(repeat(WINDOW - 1, {}))).toMatchObject({
      verdict: 'CONTINUE',
      cause: null,
      why: '590 s of 600 s watched',
    });
  });

  it('not one tick after the end: bounds are looked at once a window', () => {
    expect(judge(repeat(WINDOW + 1, {}))).toMatchObject({ verdict: 'CONTINUE', why: '610 s of 1200 s watched' });
  });

  it('counts the window only after the warm-up', () => {
    expect(judge(repeat(WINDOW + 5, {}), 6)).toMatchObject({ verdict: 'CONTINUE', why: '590 s of 600 s watched' });
    const passed = judge(repeat(WINDOW + 6, {}), 6);
    expect(passed.verdict).toBe('PASS');
    expect(passed.numbers.canary_requests).toBe(15_000);
  });

  it('with as few as 600 requests, not with 599', () => {
    expect(judge(repeat(WINDOW, { canary: 10, control: 190 })).verdict).toBe('PASS');
    const one = [{ canary: 9, control: 190 }, ...repeat(WINDOW - 1, { canary: 10, control: 190 })];
    expect(judge(one)).toMatchObject({ verdict: 'CONTINUE', why: 'another window: 599 of 600 canary requests' });
  });

  it('in the second window when the first had too few requests', () => {
    const judgement = judge(repeat(2 * WINDOW, { canary: 6, control: 114 }));
    expect(judgement).toMatchObject({ verdict: 'PASS' });
    expect(judgement.why).toContain('2 window(s)');
  });

  it('by non-inferiority when production itself fails a lot, and says so', () => {
    const noisy = repeat(WINDOW, { canary: 250, canaryErrors: 1, control: 4750, controlErrors: 19 });
    const judgement = judge(noisy);
    expect(judgement.verdict).toBe('PASS');
    expect(judgement.why).toContain('not worse than production, which itself fails often');
    expect(judgement.numbers.non_inferiority_rule).toBe(1);
  });

  it('survives a reset of the counters', () => {
    const judgement = judge([...repeat(30, {}), { reset: true }, ...repeat(29, {})]);
    expect(judgement).toMatchObject({ verdict: 'PASS' });
    expect(judgement.numbers.canary_requests).toBe(15_000);
  });

  it('takes nothing from a span in which counters fell without a word, and stops the clock for it', () => {
    const steps = [...repeat(30, {}), { reset: true, unsaid: true, canary: 100, control: 1_900 }, ...repeat(29, {})];
    expect(judge(steps)).toMatchObject({ verdict: 'CONTINUE', why: '590 s of 600 s watched' });
    const judgement = judge([...steps, {}]);
    expect(judgement.verdict).toBe('PASS');
    expect(judgement.numbers.canary_requests).toBe(15_000);
  });

  it('survives a short outage of the metrics, which stops the clock', () => {
    const steps = [...repeat(20, {}), { unreadable: true }, { unreadable: true }, ...repeat(40, {})];
    expect(judge(steps)).toMatchObject({ verdict: 'CONTINUE', why: '590 s of 600 s watched' });
    expect(judge([...steps, {}]).verdict).toBe('PASS');
  });
});

it('ends a canary whose weight drifts again and again: somebody else sets it', () => {
  const drift = { pct: 0, canary: 0, control: 5_000 };
  const steps = [drift, {}, drift, {}, drift, {}];
  expect(judge(steps).verdict).toBe('CONTINUE');
  expect(judge([...steps, drift])).toMatchObject({
    verdict: 'FAIL',
    cause: 'routing',
    why: "the canary's weight was another than 5 % at 4 ticks, at last 0 %",
  });
});

describe('a PASS is refused, and the reason named', () => {
  const cases: readonly (readonly [string, Step[], string])[] = [
    [
      'errors not bounded',
      [...repeat(59, { canary: 10, control: 190 }), { canary: 10, canaryErrors: 1, control: 190 }],
      'errors may be up to 0.79 %',
    ],
    [
      'slow not bounded',
      repeat(60, { canary: 100, canarySlow: 1, control: 1900, controlSlow: 19 }),
      'slow requests may be up to',
    ],
    [
      'canary down for a time',
      [...repeat(30, {}), { down: true }, ...repeat(29, {})],
      'the canary was down for a time',
    ],
    [
      'share too small',
      repeat(60, { canary: 190, control: 4810 }),
      'the canary got 3.80 % of the traffic instead of 5.00 %',
    ],
    ['share too large', repeat(60, { canary: 310, control: 4690 }), 'the canary got 6.20 % of the traffic'],
    [
      'ticks unreadable',
      Array.from({ length: 180 }, (_, i) => (i % 3 === 2 ? { unreadable: true } : {})),
      'of the ticks could be read',
    ],
  ];
  it.each(cases)('%s', (_name, steps, reason) => {
    const verdicts = steps.map((_, index) => judge(steps.slice(0, index + 1)));
    expect(verdicts.filter((each) => each.verdict === 'PASS')).toEqual([]);
    expect(verdicts.filter((each) => each.why.startsWith('another window') && each.why.includes(reason))).toHaveLength(
      1,
    );
  });

  it('suspicion against production', () => {
    const steps = [...repeat(59, {}), { canary: 250, canaryErrors: 5, control: 4750, controlErrors: 20 }];
    const judgement = judge(steps);
    expect(judgement.verdict).toBe('CONTINUE');
    expect(judgement.why).toContain('errors against production are suspicious');
  });

  it('non-inferiority not shown', () => {
    const steps = [
      ...repeat(59, { canary: 10, control: 190, controlErrors: 1 }),
      { canary: 10, canaryErrors: 3, control: 190 },
    ];
    expect(judge(steps).why).toContain('production itself fails often, and the canary may fail up to');
  });
});

describe('FAIL', () => {
  it('regression by errors', () => {
    const judgement = judge([{ canary: 60, canaryErrors: 5, control: 0 }]);
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
    expect(judgement.why).toContain('5 of 60 canary requests failed, more than 0.005 allows');
    expect(judgement.numbers.ln_e_errors).toBeCloseTo(7.915810107405608, 9);
    expect(judgement.numbers.first_crossing_tick).toBe(1);
  });

  it('regression against production, below the absolute threshold', () => {
    const judgement = judge(repeat(12, { canary: 1000, canaryErrors: 3, control: 19_000, controlErrors: 2 }));
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
    expect(judgement.why).toContain('in production');
    expect(judgement.numbers.ln_e_errors).toBeLessThan(4.6);
  });

  it('regression by latency', () => {
    const judgement = judge(repeat(3, { canary: 100, canarySlow: 8 }));
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
    expect(judgement.why).toContain('took longer than 800 ms');
  });

  it('stays failed when the errors stop: the first crossing is the verdict', () => {
    const judgement = judge([{ canary: 60, canaryErrors: 5, control: 0 }, ...repeat(59, {})]);
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
    expect(judgement.numbers.first_crossing_tick).toBe(1);
  });

  it('environment when production fails alike by errors', () => {
    const judgement = judge(repeat(5, { canaryErrors: 50, controlErrors: 950 }));
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'environment' });
    expect(judgement.why).toContain('production is no better at the same time');
  });

  it('environment when production is as slow', () => {
    expect(judge(repeat(5, { canarySlow: 50, controlSlow: 950 }))).toMatchObject({
      verdict: 'FAIL',
      cause: 'environment',
    });
  });

  it('canary_down at the third tick in a row, without one error, even during warm-up', () => {
    expect(judge([{}, { down: true }, { down: true }], 9).verdict).toBe('CONTINUE');
    expect(judge([{}, { down: true }, { down: true }, { down: true }], 9)).toMatchObject({
      verdict: 'FAIL',
      cause: 'canary_down',
    });
    expect(judge([{ down: true }, { down: true }, {}, { down: true }]).verdict).toBe('CONTINUE');
  });

  it('canary_down when no canary is deployed any more', () => {
    const ticks = ticksOf(repeat(3, {})).map((tick) =>
      TickSample.parse({ ...tick, snapshot: tick.snapshot && { ...tick.snapshot, canary: null } }),
    );
    expect(judgeCanary({ ticks, limits })).toMatchObject({ verdict: 'FAIL', cause: 'canary_down' });
  });

  it('during warm-up only when half of at least 20 requests fail', () => {
    expect(judge([{ canary: 19, canaryErrors: 19 }], 9).verdict).toBe('CONTINUE');
    expect(judge([{ canary: 20, canaryErrors: 9 }], 9).verdict).toBe('CONTINUE');
    const judgement = judge([{ canary: 20, canaryErrors: 10 }], 9);
    expect(judgement).toMatchObject({
      verdict: 'FAIL',
      cause: 'regression',
      why: '10 of 20 canary requests failed during warm-up',
    });
    expect(judge([{ canary: 20, canaryErrors: 10, control: 380, controlErrors: 200 }], 9)).toMatchObject({
      verdict: 'FAIL',
      cause: 'environment',
    });
  });

  it('routing when less than half of the due requests arrive', () => {
    const judgement = judge(repeat(6, { canary: 20, control: 980 }));
    expect(judgement).toMatchObject({ verdict: 'FAIL', cause: 'routing' });
    expect(judgement.why).toContain('300 were due');
    expect(judge(repeat(5, { canary: 20, control: 980 })).verdict).toBe('CONTINUE');
  });

  it('no routing fault from few requests: 0 of 5 due may be bad luck', () => {
    expect(judge(repeat(6, { canary: 0, control: 16 })).verdict).toBe('CONTINUE');
    expect(judge(repeat(6, { canary: 0, control: 0 })).verdict).toBe('CONTINUE');
  });

  it('metrics_unavailable: first frozen, then taken back', () => {
    const dark = (ticks: number) => judge([{}, ...repeat(ticks, { unreadable: true })]);
    expect(dark(6)).toMatchObject({ verdict: 'CONTINUE', cause: null });
    expect(dark(7)).toMatchObject({
      verdict: 'CONTINUE',
      cause: 'metrics_unavailable',
      why: 'no metrics for 70 s: frozen',
    });
    expect(dark(18)).toMatchObject({ verdict: 'CONTINUE', cause: 'metrics_unavailable' });
    expect(dark(19)).toMatchObject({ verdict: 'FAIL', cause: 'metrics_unavailable', why: 'no metrics for 190 s' });
  });

  it('metrics_unavailable by the limits of the service and the present time', () => {
    const ticks = ticksOf([{}]);
    const own = { ...limits, canary_metrics_freeze_s: 6, canary_metrics_zero_s: 18 };
    const at = (seconds: number) => new Date(Date.parse('2026-11-23T10:00:10.000Z') + seconds * 1000);
    expect(judgeCanary({ ticks, limits: own, now: at(7) })).toMatchObject({
      verdict: 'CONTINUE',
      cause: 'metrics_unavailable',
    });
    expect(judgeCanary({ ticks, limits: own, now: at(19) })).toMatchObject({
      verdict: 'FAIL',
      cause: 'metrics_unavailable',
    });
    // A target branch tightened the one past the other.
    const crossed = { ...limits, canary_metrics_zero_s: 18 };
    expect(judgeCanary({ ticks, limits: crossed, now: at(19) })).toMatchObject({ verdict: 'FAIL' });
  });
});

describe('INCONCLUSIVE', () => {
  /** Nobody is asked. */
  const unheld = (steps: readonly Step[]) =>
    judgeCanary({ ticks: ticksOf(steps), limits: { ...limits, canary_hold_min: 0 } });

  it('after the last window without proof: time never promotes', () => {
    const judgement = unheld(repeat(3 * WINDOW, { canary: 3, control: 57 }));
    expect(judgement).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null });
    expect(judgement.why).toContain('540 of 600 canary requests');
  });

  it('past the last window even when its end was not judged', () => {
    expect(unheld(repeat(3 * WINDOW + 4, {}))).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null });
  });

  it('when a version changed underneath', () => {
    expect(judge([{}, { canaryVersion: 'c' }])).toMatchObject({ verdict: 'INCONCLUSIVE', cause: 'environment' });
  });

  it('when outages eat the time', () => {
    const flapping = Array.from({ length: 400 }, (_, index) => (index % 3 === 0 ? {} : { unreadable: true }));
    expect(judge(flapping)).toMatchObject({ verdict: 'INCONCLUSIVE', cause: 'metrics_unavailable' });
  });
});

it('says CONTINUE when nothing was seen yet', () => {
  expect(judgeCanary({ ticks: [], limits })).toMatchObject({ verdict: 'CONTINUE', cause: null });
});

it('is the same for the same samples in any order', () => {
  const ticks = ticksOf([...repeat(20, {}), { canaryErrors: 2 }, ...repeat(39, {})]);
  expect(judgeCanary({ ticks: ticks.toReversed(), limits })).toEqual(judgeCanary({ ticks, limits }));
});

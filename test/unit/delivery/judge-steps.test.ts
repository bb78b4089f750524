import { describe, expect, it } from 'vitest';
import { judgeCanary } from '../../../src/delivery/judge/judge-canary.ts';
import { replayCanary } from '../../../src/delivery/judge/replay-canary.ts';
import { listStepPcts } from '../../../src/delivery/judge/step-up.ts';
import { TickSample } from '../../../src/delivery/judge/tick-sample.ts';
import { limitsOf, repeat, type Step, ticksOf } from './canary-ticks.ts';

/** 200 canary requests in a window of 60 ticks at 5 %: no proof in three windows. */
const QUIET: Step = { canary: 3, control: 57 };
const atPct = (pct: number): Step => ({ canary: (60 * pct) / 100, control: 60 - (60 * pct) / 100, intended: pct });
const limits = limitsOf({ canary_step_up_max_pct: 25, canary_hold_min: 60 });
const judge = (steps: readonly Step[], over = limits) => judgeCanary({ ticks: ticksOf(steps), limits: over });
const THREE = repeat(180, QUIET);

describe('a canary that its windows neither proved nor made suspicious', () => {
  it('is given a larger share where the policy allows one', () => {
    const judgement = judge(THREE);
    expect(judgement).toMatchObject({ verdict: 'CONTINUE', cause: null, next: { kind: 'step_up', pct: 10 } });
    expect(judgement.why).toContain('540 of 600 canary requests');
    expect(judgement.missing).toContain('540 of 600 canary requests');
  });

  it('is asked for again until it is done, and is no step any more after a freeze time without it', () => {
    expect(judge([...THREE, ...repeat(6, QUIET)]).next).toEqual({ kind: 'step_up', pct: 10 });
    expect(judge([...THREE, ...repeat(7, QUIET)]).next).toEqual({ kind: 'hold', expires_in_s: 3_530 });
  });

  it('gets one window at the larger share and passes with the evidence of both', () => {
    const steps = [...THREE, ...repeat(59, atPct(10))];
    expect(judge(steps)).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'watch' }, why: '590 s of 600 s watched' });
    const judgement = judge([...steps, atPct(10)]);
    expect(judgement).toMatchObject({ verdict: 'PASS', next: null, missing: [] });
    expect(judgement.why).toContain('4 window(s) and 900 canary requests');
    expect(judgement.numbers).toMatchObject({ step: 1, share_intended: 0.1 });
    expect(replayCanary(ticksOf([...steps, atPct(10)]), limits)?.judgement.verdict).toBe('PASS');
  });

  it('goes from step to step, and at the largest is held for a person', () => {
    const rare = limitsOf({ canary_step_up_max_pct: 25, canary_hold_min: 60, canary_min_requests: 5_000 });
    const ten = [...THREE, ...repeat(60, atPct(10))];
    expect(judge(ten, rare).next).toEqual({ kind: 'step_up', pct: 20 });
    const twenty = [...ten, ...repeat(60, atPct(20))];
    expect(judge(twenty, rare).next).toEqual({ kind: 'step_up', pct: 25 });
    const all = [...twenty, ...repeat(60, atPct(25))];
    expect(judge(all, rare)).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'hold', expires_in_s: 3_600 } });
  });

  it('is not given more while a test is suspicious, and nobody is asked to keep traffic on it', () => {
    const steps = [...repeat(179, QUIET), { canary: 3, canaryErrors: 1, control: 57 }];
    const judgement = judge(steps);
    expect(judgement).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null, next: null });
    expect(judgement.why).toContain('a test is suspicious');
  });

  it('has all its windows anew where a person lets it go on, with the evidence of before, and then is held again', () => {
    const on = (times: number, step: Step = QUIET) => repeat(times, { ...step, extension: 1 });
    const held = [...THREE, ...repeat(20, QUIET)];
    expect(judge([...held, ...on(1)]), 'the hold is over').toMatchObject({
      verdict: 'CONTINUE',
      next: { kind: 'watch' },
    });
    // 600 requests were there long before: looked at again when a whole window of the new set is over.
    expect(judge([...held, ...on(59)])).toMatchObject({ next: { kind: 'watch' }, why: '590 s of 600 s watched' });
    const passed = judge([...held, ...on(60)]);
    expect(passed).toMatchObject({ verdict: 'PASS' });
    expect(passed.why).toContain('4 window(s)');
    const rare = limitsOf({ canary_hold_min: 60, canary_min_requests: 5_000 });
    const again = judge([...held, ...on(180)], rare);
    expect(again).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'hold', expires_in_s: 3_600 } });
    expect(again.why).toContain('after 6 windows');
    expect(judge([...held, ...on(540)], rare)).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null });
  });

  it('replays a hold that was extended at its last moment as it went', () => {
    const rare = limitsOf({ canary_hold_min: 60, canary_min_requests: 5_000 });
    const over = [...THREE, ...repeat(360, QUIET)];
    expect(judge(over, rare).verdict).toBe('INCONCLUSIVE');
    const went = ticksOf([...over, { ...QUIET, extension: 1 }]);
    expect(replayCanary(went, rare)?.judgement).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'watch' } });
  });

  it('is held for its time only, and then rolled back, whatever its figures say', () => {
    const held = [...THREE, ...repeat(7, QUIET)];
    const last = [...held, ...repeat(352, QUIET)];
    expect(judge(last).next).toEqual({ kind: 'hold', expires_in_s: 10 });
    const judgement = judge([...last, QUIET]);
    expect(judgement).toMatchObject({ verdict: 'INCONCLUSIVE', cause: null, next: null });
    expect(judgement.why).toContain('nobody decided within 60 min');
  });

  it('still fails during a hold and at a larger share', () => {
    const bad = (step: Step): Step[] => repeat(3, { ...step, canaryErrors: 2 });
    expect(judge([...THREE, ...repeat(20, QUIET)]).next?.kind).toBe('hold');
    expect(judge([...THREE, ...repeat(20, QUIET), ...bad(QUIET)])).toMatchObject({
      verdict: 'FAIL',
      cause: 'regression',
    });
    const stepped = judge([...THREE, ...repeat(9, atPct(10)), ...bad(atPct(10))]);
    expect(stepped).toMatchObject({ verdict: 'FAIL', cause: 'regression', next: null });
  });

  it('ends at once where neither step nor hold is allowed', () => {
    expect(judge(THREE, limitsOf({ canary_hold_min: 0 }))).toMatchObject({ verdict: 'INCONCLUSIVE', next: null });
  });

  it('takes another weight than the step’s for drift, and too few requests at it for wrong routing', () => {
    const drifted = { ...atPct(10), pct: 5 };
    expect(judge([...THREE, ...repeat(4, drifted)])).toMatchObject({
      verdict: 'FAIL',
      cause: 'routing',
      why: "the canary's weight was another than 10 % at 4 ticks, at last 5 %",
    });
    const starved = { canary: 2, control: 598, intended: 10 };
    expect(judge([...THREE, ...repeat(9, starved)])).toMatchObject({ verdict: 'FAIL', cause: 'routing' });
  });
});

it('lists the shares a canary can have', () => {
  expect(listStepPcts(limits)).toEqual([5, 10, 20, 25]);
  expect(listStepPcts(limitsOf())).toEqual([5]);
  expect(listStepPcts(limitsOf({ canary_step_up_max_pct: 25, canary_step_factor: 1.5 }))).toEqual([
    5, 7.5, 11.25, 16.87, 25,
  ]);
});

describe('a window with a hole', () => {
  it('proves nothing when nothing was seen for longer than a freeze time, and the next one can', () => {
    const hole = [...repeat(20, {}), ...repeat(6, { unreadable: true }), ...repeat(41, {})];
    const steps = [...repeat(60, { canary: 6, control: 114 }), ...hole];
    const judgement = judge(steps, limitsOf());
    expect(judgement).toMatchObject({ verdict: 'CONTINUE', next: { kind: 'watch' } });
    expect(judgement.missing).toEqual(['nothing was seen for 70 s of this window']);
    expect(judge([...steps, ...repeat(60, {})], limitsOf()).verdict).toBe('PASS');
  });

  it('counts ticks that nobody took as not seen', () => {
    const ticks = ticksOf(repeat(75, {}));
    const holes = ticks.filter(({ n }) => n < 10 || n % 8 !== 0);
    const few = ticks.filter(({ n }) => n % 15 === 0 || n > 30);
    expect(judgeCanary({ ticks: holes, limits: limitsOf() }).numbers.coverage).toBe(1);
    const judgement = judgeCanary({ ticks: few, limits: limitsOf() });
    expect(judgement.numbers.coverage).toBeLessThan(0.9);
  });
});

describe('latency', () => {
  it('is reported as p95 and p99 of both arms', () => {
    const steps = [
      { canaryBucket: 0, controlBucket: 1 },
      ...repeat(57, { canaryBucket: 0, controlBucket: 1 }),
      ...repeat(3, { canaryBucket: 1, controlBucket: 1 }),
    ];
    const { numbers } = judge(steps, limitsOf());
    expect(numbers.canary_p95_ms).toBeCloseTo(100 * (57 / 57), 6);
    expect(numbers.canary_p99_ms).toBeCloseTo(100 + ((0.99 * 60 - 57) / 3) * 400, 6);
    expect(numbers.control_p95_ms).toBeCloseTo(480, 6);
  });

  it('holds a PASS back when the canary is slower as a whole, though no request is over the limit', () => {
    const judgement = judge(repeat(60, { canaryBucket: 1, controlBucket: 0 }), limitsOf());
    expect(judgement).toMatchObject({ verdict: 'CONTINUE', cause: null });
    expect(judgement.missing).toEqual([
      "the canary is slower as a whole: 100.00 % of its requests against production's, where 50 % are alike",
    ]);
    expect(judgement.numbers).toMatchObject({ latency_cles: 1, ln_e_slow: expect.any(Number) });
    expect(judge(repeat(60, { canaryBucket: 1, controlBucket: 1 }), limitsOf()).verdict).toBe('PASS');
  });

  it('is judged at a tighter limit than the source counts with, by the histogram', () => {
    const steps = repeat(3, { canary: 100, canaryBucket: 3, controlBucket: 0 });
    expect(judge(steps, limitsOf()).verdict).toBe('CONTINUE');
    const tight = judge(steps, limitsOf({ p99_latency_threshold_ms: 640 }));
    expect(tight).toMatchObject({ verdict: 'FAIL', cause: 'regression' });
    expect(tight.why).toContain('took longer than 640 ms');
  });

  it('is not judged by a source that cannot see the limit', () => {
    const ticks = ticksOf(repeat(3, {})).map((tick) =>
      TickSample.parse({
        ...tick,
        snapshot: tick.snapshot && {
          ...tick.snapshot,
          control: { ...tick.snapshot.control, slow_above_ms: 800 },
        },
      }),
    );
    expect(judgeCanary({ ticks, limits: limitsOf() }).verdict).toBe('CONTINUE');
    expect(judgeCanary({ ticks, limits: limitsOf({ p99_latency_threshold_ms: 640 }) })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      cause: 'metrics_unavailable',
      why: 'slow requests are counted from 800 ms on, the limit of this change is 640 ms',
    });
  });

  it('keeps a change with a tighter share of slow requests from a PASS that others get', () => {
    const steps = repeat(60, { canary: 100, canarySlow: 0.6, control: 1900, controlSlow: 0 }).map((step, i) => ({
      ...step,
      canarySlow: i % 5 < 3 ? 1 : 0,
    }));
    expect(judge(steps, limitsOf()).verdict).toBe('PASS');
    const tight = judge(steps, limitsOf({ slow_share_threshold: 0.005 }));
    expect(tight.verdict).toBe('CONTINUE');
    expect(tight.missing.join()).toContain('slow requests may be up to 0.79 %, limit 0.50 %');
  });
});

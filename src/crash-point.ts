import type { EffectName } from './audit/entry.ts';

const EFFECTS = [
  'sandbox_run',
  'staging_deploy',
  'staging_teardown',
  'base_deploy',
  'base_teardown',
  'canary_deploy',
  'canary_weight',
  'canary_stop',
  'canary_halt',
  'promotion',
  'merge_push',
  'rollback_deploy',
  'rollback_promotion',
  'rollback_stop',
] as const satisfies readonly EffectName[];
const EFFECT_MOMENTS = [
  'before-intent',
  'after-intent',
  'before-act',
  'after-confirm',
  'after-act',
  'after-outcome',
] as const;

/**
 * Moments between two lines at which a process may be made to die, for proof that another one goes on from there.
 * `x:after-y` lies between y and whatever follows from it.
 */
export const CRASH_POINTS = [
  ...EFFECTS.flatMap((effect) => EFFECT_MOMENTS.map((moment) => `${effect}:${moment}` as const)),
  'enqueue:after-row',
  'enqueue:after-entry',
  'enqueue:after-flow',
  'step:before-handler',
  'step:after-handler',
  'children:after-add',
  'children:after-wait',
  'step:after-delay',
  'agent:after-row',
  'agent:before-send',
  'agent:after-reply',
  'agent:after-store',
  'question:after-row',
  'question:after-entry',
  'decision:after-entry',
  'decision:after-close',
  'lease:after-grant',
  'review:after-change',
  'review:after-evaluation',
  'test-gen:after-entry',
  'staging:after-part',
  'staging:after-measure',
  'staging:after-end',
  'staging:before-lease-back',
  'canary:after-merge',
  'canary:after-start',
  'canary:after-tick-row',
  'canary:after-tick-entry',
  'canary:after-verdict',
  'canary:after-release',
  'canary:after-rollback',
  'stop:after-entry',
  'stop:after-flag',
  'finish:before-entry',
  'finish:after-entry',
  'finish:after-row',
  'reconcile:after-removal',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Which point, the how-manieth passage (from 1) and what happens then: `stop` leaves a process that can be woken as a zombie. */
export interface CrashOrder {
  readonly point: CrashPoint;
  readonly passage: number;
  readonly how: 'kill' | 'stop';
}

/** `promotion:after-act`, `canary:after-tick-row#3`, `promotion:before-act=stop`; undefined when it is none of these. */
export function parseCrashOrder(text: string): CrashOrder | undefined {
  const [, name, passage = '1', how = 'kill'] = /^([\w:-]+)(?:#([1-9]\d{0,5}))?(?:=(kill|stop))?$/.exec(text) ?? [];
  const point = CRASH_POINTS.find((known) => known === name);
  return point === undefined ? undefined : { point, passage: Number(passage), how: how === 'stop' ? 'stop' : 'kill' };
}

let armed: CrashOrder | undefined;
let passages = 0;

/** Only composition roots arm, with what the environment says; without an order every point costs one comparison. */
export function armCrashPoint(order: CrashOrder | undefined): void {
  armed = order;
  passages = 0;
}

/** Ends or stops this process here when the environment asked for it. The kernel does it, so nothing after this line runs. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined || armed.point !== point) return;
  passages += 1;
  if (passages === armed.passage) process.kill(process.pid, armed.how === 'stop' ? 'SIGSTOP' : 'SIGKILL');
}

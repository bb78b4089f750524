import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
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
  'agent:after-confirm',
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

/**
 * Orders that all processes of a fleet share, in a directory with three others: `ordered/<point>` holds `kill` or `stop`, and
 * whoever passes first carries it out, alone, and leaves it as `taken/<point>~<pid>~<passage>`; `passed/<point>` has a byte
 * for each passage.
 */
export interface CrashDirectory {
  readonly directory: string;
}

/** What `SLIPWAY_CRASH_POINT` may say: an order for one process, or the absolute path of a directory. */
export function parseCrashSetting(text: string): CrashOrder | CrashDirectory | undefined {
  return text.startsWith('/') ? { directory: text } : parseCrashOrder(text);
}

let armed: CrashOrder | CrashDirectory | undefined;
let passages = 0;

/** Only composition roots arm, with what the environment says; without an order every point costs one comparison. */
export function armCrashPoint(order: CrashOrder | CrashDirectory | undefined): void {
  armed = order;
  passages = 0;
}

/** Ends or stops this process here when the environment asked for it. The kernel does it, so nothing after this line runs. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined) return;
  const how = 'directory' in armed ? takeShared(armed, point) : takeOwn(armed, point);
  if (how !== null) process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL');
}

function takeOwn(order: CrashOrder, point: CrashPoint): CrashOrder['how'] | null {
  if (order.point !== point) return null;
  passages += 1;
  return passages === order.passage ? order.how : null;
}

/** To rename is to take: of all that pass at the same time it succeeds for one. */
function takeShared({ directory }: CrashDirectory, point: CrashPoint): CrashOrder['how'] | null {
  appendFileSync(join(directory, 'passed', point), '.');
  passages += 1;
  const taken = join(directory, 'taken', `${point}~${process.pid}~${passages}`);
  try {
    renameSync(join(directory, 'ordered', point), taken);
  } catch {
    return null;
  }
  return readFileSync(taken, 'utf8') === 'stop' ? 'stop' : 'kill';
}

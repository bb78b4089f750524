import { CRASH_POINTS, type CrashPoint } from '../../src/crash-point.ts';

type CanaryEffect = 'canary_deploy' | 'canary_weight' | 'canary_stop' | 'canary_halt' | 'promotion' | 'merge_push';
const MOMENTS = ['before-intent', 'after-intent', 'before-act', 'after-confirm', 'after-act', 'after-outcome'] as const;
const pointsOf = (effect: CanaryEffect): CrashPoint[] => MOMENTS.map((moment) => `${effect}:${moment}` as const);

/**
 * Where workers are killed on the real stack, part by part of a canary's way. A weight that is raised or given back is killed
 * at all six moments over several canaries: the judge ends one that is found off its weight at more than three ticks.
 */
export const KILLS = {
  'deploy and first share': [...pointsOf('canary_deploy'), 'canary:after-start', ...pointsOf('canary_weight')],
  'drift that was told': ['canary_weight:after-act', 'canary_weight:after-outcome'],
  'drift that was found': ['canary_weight:before-intent', 'canary_weight:after-intent'],
  'drift before it is given back': ['canary_weight:before-act', 'canary_weight:after-confirm'],
  tick: [
    'lease:after-grant',
    'step:before-handler',
    'step:after-handler',
    'step:after-delay',
    'canary:after-tick-row',
    'canary:after-tick-entry',
  ],
  promotion: ['canary:after-verdict', ...pointsOf('promotion'), 'canary:after-release'],
  'merge push and end': [...pointsOf('merge_push'), 'finish:before-entry', 'finish:after-entry', 'finish:after-row'],
  'staging that is overtaken': ['staging:before-lease-back', 'staging:after-end'],
  'remade merge': ['canary:after-merge', 'children:after-add', 'children:after-wait'],
  'staging of the remade merge': ['staging:after-part', 'staging:after-measure'],
  'promotion that is overtaken': ['canary:after-release'],
  'merge push that is overtaken': ['merge_push:after-act', 'merge_push:after-outcome', ...pointsOf('merge_push')],
  'verdict that fails': ['canary:after-verdict'],
  'zero and stop': [...pointsOf('canary_weight'), ...pointsOf('canary_stop'), 'canary:after-rollback'],
  'stop without a balancer': pointsOf('canary_halt'),
  'share raised without proof': pointsOf('canary_weight'),
  'question of a hold': ['question:after-row', 'question:after-entry'],
  'hold that is extended': ['canary:after-tick-row', 'canary:after-tick-entry'],
  'hold that is let go': ['canary:after-verdict', 'promotion:after-act'],
  'first tick': ['canary:after-tick-entry'],
  step: [
    'canary_weight:before-intent',
    'canary_weight:after-intent',
    'canary_weight:after-act',
    'canary_weight:after-outcome',
  ],
  'question at a gate': ['question:after-row', 'question:after-entry'],
  'wait at a gate': ['canary:after-tick-row', 'canary:after-tick-entry', 'step:after-delay'],
  'step through a gate': ['canary_weight:before-act', 'canary_weight:after-confirm', 'canary_weight:after-outcome'],
  'gate before production': ['question:after-row'],
  'production through a gate': ['canary:after-verdict', 'promotion:before-act'],
  'gate that closes': [
    'question:after-entry',
    'canary:after-verdict',
    'canary_weight:after-act',
    'canary:after-rollback',
  ],
} as const satisfies Record<string, readonly CrashPoint[]>;
export type KillPart = keyof typeof KILLS;

/** Effects and steps that are none of a canary's; `npm run test:chaos` has a replica die at every point there is. */
const OTHER =
  /^(sandbox_run|staging_deploy|staging_teardown|base_deploy|base_teardown|rollback_\w+|enqueue|agent|decision|review|test-gen|stop|reconcile):/;

/** Every point of a canary's way, as the code has them. */
export const CANARY_POINTS: readonly CrashPoint[] = CRASH_POINTS.filter((point) => !OTHER.test(point));

import type { Recorded } from '../../audit/audit-log.ts';
import { Stage } from '../../audit/entry.ts';
import type { EscalationView } from '../../runs/run-desk.ts';
import type { Run } from '../../store/tables.ts';
import type { Tone } from './run-status.ts';
import { outcomeWords } from './words.ts';

export interface StageStep {
  readonly stage: Stage;
  readonly title: string;
  readonly tone: Tone;
  /** The state in a word: passed, failed, running, waiting … */
  readonly state: string;
  /** What it came to, from the record; empty when nothing yet. */
  readonly headline: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** How people call the stages. */
export const STAGE_TITLES: Record<Stage, string> = {
  review: 'Review',
  'test-gen': 'Tests',
  staging: 'Staging',
  canary: 'Canary',
  release: 'Release',
};

/** The entries that settle a stage, and whether they mean that it went well. */
const SETTLES: Record<Stage, Readonly<Record<string, Tone>>> = {
  review: { review_evaluation: 'good' },
  'test-gen': { test_generation: 'good' },
  staging: { staging_validation: 'good', staging_rejection: 'bad' },
  canary: { canary_verdict: 'good', autonomous_rollback: 'bad' },
  release: { production_release: 'good', run_finished: 'idle' },
};

const GOOD_VERDICTS = /^pass/i;

/** The five stages as the record tells them. `release` also carries the end of the run. */
export function makeTimeline(
  run: Pick<Run, 'status' | 'stage' | 'outcome'>,
  entries: readonly Recorded[],
  escalations: readonly EscalationView[],
): StageStep[] {
  return Stage.options.map((stage) => {
    const own = entries.filter((recorded) => recorded.entry.stage === stage);
    const settled = findSettled(stage, own, entries);
    const times = { startedAt: own[0]?.recordedAt ?? null, endedAt: settled?.recordedAt ?? null };
    const headline = settled ? outcomeWords(settled.entry.outcome) : '';
    return {
      stage,
      title: STAGE_TITLES[stage],
      headline,
      ...times,
      ...decideState(stage, run, own, settled, escalations),
    };
  });
}

function findSettled(stage: Stage, own: readonly Recorded[], all: readonly Recorded[]): Recorded | undefined {
  const settles = SETTLES[stage];
  const pool = stage === 'release' || stage === 'canary' ? all : own;
  const found = pool.filter((recorded) => recorded.entry.event in settles);
  return found.find((recorded) => settles[recorded.entry.event] === 'bad') ?? found[0];
}

function decideState(
  stage: Stage,
  run: Pick<Run, 'status' | 'stage' | 'outcome'>,
  own: readonly Recorded[],
  settled: Recorded | undefined,
  escalations: readonly EscalationView[],
): { tone: Tone; state: string } {
  const asked = escalations.find((escalation) => escalation.stage === stage);
  if (asked && asked.decision === null && run.status !== 'finished')
    return { tone: 'wait', state: 'Waits for a person' };
  if (stage === 'release') return releaseState(run, own, settled);
  // What is said of a live canary ends it or lets it go on; the record of that speaks for itself.
  if (stage !== 'canary' && asked && asked.decision !== null && asked.decision !== 'approve')
    return { tone: 'bad', state: asked.decision === 'expired' ? 'Expired' : 'Rejected' };
  if (settled) return settledState(stage, settled, asked?.decision === 'approve');
  if (run.status === 'finished')
    return own.length > 0 ? { tone: 'idle', state: 'Stopped' } : { tone: 'idle', state: 'Not reached' };
  if (run.stage === stage) return currentState(run.status);
  return { tone: 'idle', state: 'Not yet' };
}

function settledState(stage: Stage, settled: Recorded, approved: boolean): { tone: Tone; state: string } {
  const { event, outcome } = settled.entry;
  if (SETTLES[stage][event] === 'bad')
    return { tone: 'bad', state: event === 'autonomous_rollback' ? 'Rolled back' : 'Failed' };
  if (event === 'canary_verdict' && !GOOD_VERDICTS.test(outcome) && !approved) return { tone: 'bad', state: 'No pass' };
  if (approved) return { tone: 'good', state: 'Approved' };
  if (/^(skipped|no_gaps)/.test(outcome)) return { tone: 'idle', state: 'Skipped' };
  return { tone: 'good', state: stage === 'review' ? 'Reviewed' : 'Passed' };
}

function releaseState(
  run: Pick<Run, 'status' | 'stage' | 'outcome'>,
  own: readonly Recorded[],
  settled: Recorded | undefined,
): { tone: Tone; state: string } {
  if (settled?.entry.event === 'production_release') return { tone: 'good', state: 'Released' };
  if (run.status === 'finished') return { tone: 'idle', state: 'Not released' };
  if (run.stage === 'release' || own.length > 0) return currentState(run.status);
  return { tone: 'idle', state: 'Not yet' };
}

function currentState(status: Run['status']): { tone: Tone; state: string } {
  if (status === 'queued') return { tone: 'idle', state: 'Queued' };
  if (status === 'waiting') return { tone: 'wait', state: 'Waiting' };
  return { tone: 'busy', state: 'Running' };
}

import type { Run } from '../../store/tables.ts';

/** How a status looks; each comes with a word and a shape, never as colour alone. `late` waits, and not for long any more. */
export type Tone = 'good' | 'bad' | 'wait' | 'late' | 'busy' | 'idle';

export interface Status {
  readonly tone: Tone;
  readonly label: string;
}

const OUTCOMES: Readonly<Record<string, Status>> = {
  deployed: { tone: 'good', label: 'Deployed' },
  rolled_back: { tone: 'bad', label: 'Rolled back' },
  blocked: { tone: 'bad', label: 'Blocked' },
  rejected: { tone: 'bad', label: 'Rejected' },
  failed: { tone: 'bad', label: 'Failed' },
  superseded: { tone: 'idle', label: 'Superseded' },
  cancelled: { tone: 'idle', label: 'Cancelled' },
};

const STATUSES: Record<Exclude<Run['status'], 'finished'>, Status> = {
  queued: { tone: 'idle', label: 'Queued' },
  running: { tone: 'busy', label: 'Running' },
  waiting: { tone: 'wait', label: 'Waiting' },
};

/** What a run is to whoever looks at it: its outcome once finished, else what it does now. */
export function runStatus(run: Pick<Run, 'status' | 'outcome'>): Status {
  if (run.status !== 'finished') return STATUSES[run.status];
  return OUTCOMES[run.outcome ?? ''] ?? { tone: 'idle', label: run.outcome ?? 'Finished' };
}

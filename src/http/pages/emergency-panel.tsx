import type { RunView } from '../../runs/run-desk.ts';
import { mayUse } from '../authenticate.ts';
import type { Viewer } from './layout.tsx';
import { Text, Time } from './text.tsx';

/** Why a run did not wait for the usual way, and the later review that it owes. */
export function EmergencyPanel({ view, viewer, now }: { view: RunView; viewer: Viewer; now: Date }) {
  const { run, followUp } = view;
  if (run.emergency_reason === null) return null;
  const reached = run.outcome === null || run.outcome === 'deployed' || run.outcome === 'rolled_back';
  const owed = followUp !== null && followUp.closed_at === null && reached;
  const may =
    viewer.caller.person !== null && viewer.caller.person !== run.emergency_by && mayUse(viewer.caller, 'decide');
  return (
    <section id="emergency" class={owed ? 'card card-wait' : 'card'} aria-labelledby="emergency-title">
      <h2 id="emergency-title">
        Emergency, called by <Text>{run.emergency_by ?? ''}</Text>
      </h2>
      <p class="quote">
        <Text>{run.emergency_reason}</Text>
      </p>
      {followUp?.closed_at && (
        <p class="meta">
          <span>
            Reviewed afterwards by <Text>{followUp.closed_by ?? ''}</Text> <Time at={followUp.closed_at} now={now} />
          </span>
          <span>
            <Text>{followUp.reason ?? ''}</Text>
          </span>
        </p>
      )}
      {owed && (
        <p class="meta">
          <span>
            To be reviewed afterwards, due <Time at={followUp.due_at} now={now} />
          </span>
        </p>
      )}
      {owed && run.status === 'finished' && may && (
        <form class="stack" method="post" action={`/runs/${run.id}/emergency-review`}>
          <input type="hidden" name="csrf" value={viewer.csrf} />
          <label class="field">
            <span>What you found</span>
            <textarea name="reason" rows={2} required maxLength={2000} />
          </label>
          <div class="actions">
            <button class="button button-primary" type="submit">
              Record the review
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

import type { RunView } from '../../runs/run-desk.ts';
import type { Viewer } from './layout.tsx';
import { offeredForm, reachedProduction } from './may-decide.ts';
import { Text, Time } from './text.tsx';

interface PanelProps {
  readonly view: RunView;
  readonly viewer: Viewer;
  readonly now: Date;
  readonly draftReason: string;
}

/** Why a run did not wait for the usual way, and the later review that it owes. */
export function EmergencyPanel({ view, viewer, now, draftReason }: PanelProps) {
  const { run, followUp } = view;
  if (run.emergency_reason === null) return null;
  const owed = followUp !== null && followUp.closed_at === null && reachedProduction(run);
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
      {offeredForm(view, viewer.caller, now) === 'emergency_review' && (
        <form class="stack" method="post" action={`/runs/${run.id}/emergency-review`}>
          <input type="hidden" name="csrf" value={viewer.csrf} />
          <label class="field">
            <span>What you found</span>
            <textarea name="reason" rows={2} required maxLength={2000}>
              {draftReason}
            </textarea>
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

import type { EscalationView, RunView } from '../../runs/run-desk.ts';
import { CanaryQuestion } from './canary-question.tsx';
import type { Viewer } from './layout.tsx';
import { decideMayDecide, explainMayNot, openQuestionOf } from './may-decide.ts';
import { OwnersLine } from './owners-line.tsx';
import { showInstant } from './show-time.ts';
import { Icon, Sha, Text, Time } from './text.tsx';
import { sentence } from './words.ts';

interface PanelProps {
  readonly view: RunView;
  readonly viewer: Viewer;
  readonly now: Date;
  readonly draftReason: string;
}

/** The open question with its form, and what was decided before. */
export function DecisionPanel(props: PanelProps) {
  const { view } = props;
  const open = openQuestionOf(view);
  const decided = view.escalations.filter((escalation) => escalation.decision !== null);
  return (
    <>
      {open && view.run.status !== 'finished' && <Question {...props} escalation={open} />}
      {decided.map((escalation) => (
        <Decided
          key={`${escalation.stage}-${escalation.question}`}
          view={view}
          escalation={escalation}
          now={props.now}
        />
      ))}
    </>
  );
}

function Question({ view, viewer, now, escalation, draftReason }: PanelProps & { escalation: EscalationView }) {
  const { excluded_approvers } = escalation.package;
  const may = decideMayDecide(viewer.caller, { ...escalation, excluded_approvers }, now);
  return (
    <section id="decide" class="card card-wait" aria-labelledby="decide-title">
      <div class="section-head">
        <h2 id="decide-title">{may.kind === 'may' ? 'Your decision is needed' : 'A person has to decide'}</h2>
        <span class="muted">{sentence(escalation.stage)}</span>
      </div>
      <ul class="why">
        {escalation.package.reasons.map((reason) => (
          <li key={reason.code}>
            <Text>{reason.text}</Text> <code class="reason-code">{reason.code}</code>
          </li>
        ))}
      </ul>
      <p class="meta">
        <span title={showInstant(escalation.deadline_at)}>
          {escalation.package.canary ? 'Rolled back without an answer' : 'Rejected as expired'}{' '}
          <Time at={escalation.deadline_at} now={now} />
        </span>
        {escalation.approvals_needed > 1 && (
          <span>
            {escalation.approvals.length} of {escalation.approvals_needed} approvals
          </span>
        )}
        {escalation.reminded > 0 && (
          <span>{escalation.reminded === 1 ? 'reminded once' : `reminded ${escalation.reminded} times`}</span>
        )}
        {escalation.approvals.length > 0 && (
          <span>
            approved by <Text>{escalation.approvals.join(', ')}</Text>
          </span>
        )}
      </p>
      {escalation.package.canary && <CanaryQuestion figures={escalation.package.canary} />}
      <OwnersLine owners={escalation.package.owners} />
      <ApprovalsNeeded escalation={escalation} />
      <Recommendation escalation={escalation} />
      {may.kind === 'may' ? (
        <DecisionForm
          runId={view.run.id}
          headSha={view.run.head_sha}
          escalation={escalation}
          csrf={viewer.csrf}
          draftReason={draftReason}
        />
      ) : (
        <p class="notice notice-idle">{explainMayNot(may.why, viewer.caller)}</p>
      )}
    </section>
  );
}

/** Why one person is not enough, and whose approval does not count any more. */
function ApprovalsNeeded({ escalation }: { escalation: EscalationView }) {
  const why = escalation.rules?.why.filter(({ people }) => people > 1) ?? [];
  return (
    <>
      {why.length > 0 && (
        <p class="hint">
          {escalation.approvals_needed} people must approve: <Text>{why.map(({ text }) => text).join('; ')}</Text>.
        </p>
      )}
      {escalation.void_approvals.length > 0 && (
        <p class="notice notice-wait">
          No longer valid, because what it was bound to has changed: the approval of{' '}
          <Text>{escalation.void_approvals.join(', ')}</Text>.
        </p>
      )}
    </>
  );
}

const SAYS = {
  approve: 'Code found nothing against it and would have let it through.',
  reject: 'Code recommends to reject it.',
  none: null,
} as const;

function Recommendation({ escalation }: { escalation: EscalationView }) {
  const says = SAYS[escalation.package.recommendation ?? 'none'];
  return says === null ? null : <p class="hint">{says}</p>;
}

interface FormProps {
  readonly runId: string;
  readonly headSha: string;
  readonly escalation: EscalationView;
  readonly csrf: string;
  readonly draftReason: string;
}

function DecisionForm(props: FormProps) {
  const { rules } = props.escalation;
  const words = buttonsOf(props.escalation);
  return (
    <form class="stack" method="post" action={`/runs/${props.runId}/decision`}>
      <input type="hidden" name="csrf" value={props.csrf} />
      <input type="hidden" name="head_sha" value={props.headSha} />
      <input type="hidden" name="base_sha" value={rules?.binding.base_sha ?? ''} />
      <input type="hidden" name="effective_policy" value={rules?.binding.effective_policy ?? ''} />
      <label class="field">
        <span>Reason</span>
        <textarea name="reason" rows={3} required maxLength={2000} aria-describedby="reason-hint">
          {props.draftReason}
        </textarea>
      </label>
      <p id="reason-hint" class="hint">
        Kept on the record with your name. You decide about head <Sha>{props.headSha}</Sha> under the policy of now; a
        newer head or another policy asks again.
        {rules?.override === true && ' To approve goes against what code found: say why in a full sentence.'}
      </p>
      <div class="actions">
        <button class="button button-primary" type="submit" name="decision" value="approve">
          {words.approve}
        </button>
        {words.extend !== null && (
          <button class="button" type="submit" name="decision" value="extend">
            {words.extend}
          </button>
        )}
        <button class="button button-danger" type="submit" name="decision" value="reject">
          {words.reject}
        </button>
      </div>
    </form>
  );
}

/** The same decisions everywhere; a live canary says what each comes to. */
function buttonsOf({ package: { canary } }: EscalationView) {
  if (canary === undefined) return { approve: 'Approve', extend: null, reject: 'Reject' };
  const approve = canary.to_pct === 100 ? 'Approve: make it production' : `Approve: give it ${canary.to_pct} %`;
  // Past a gate there is nothing more to be seen.
  const extend = canary.kind === 'hold' ? 'Extend: keep watching' : null;
  return { approve, extend, reject: 'Reject: roll back' };
}

const DECIDED: Readonly<Record<string, string>> = {
  approve: 'Approved',
  extend: 'Watched for longer',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
};

function Decided({ view, escalation, now }: { view: RunView; escalation: EscalationView; now: Date }) {
  const approved = escalation.decision === 'approve' || escalation.decision === 'extend';
  const entry = view.entries.findLast(
    ({ entry: { event, stage, n } }) =>
      event === 'human_decision' && stage === escalation.stage && n === escalation.question,
  )?.entry;
  const word = DECIDED[escalation.decision ?? ''] ?? 'Rejected';
  return (
    <section class={`card decided decided-${approved ? 'good' : 'bad'}`}>
      <h2>
        <Icon tone={approved ? 'good' : 'bad'} /> {word}
        {entry && (
          <>
            {' by '}
            <Text>{entry.actor.id}</Text>
          </>
        )}
      </h2>
      {entry && (
        <p class="quote">
          <Text>{entry.rationale}</Text>
        </p>
      )}
      <p class="meta">
        <span>{sentence(escalation.stage)}</span>
        {escalation.decided_at && <Time at={escalation.decided_at} now={now} />}
      </p>
    </section>
  );
}

import type { FleetView } from '../../fleet/fleet-desk.ts';
import type { EscalationView } from '../../runs/run-desk.ts';
import type { Run } from '../../store/tables.ts';
import { FleetPanel, FleetWarnings } from './fleet-panel.tsx';
import { Layout, type PageFrame, type Viewer } from './layout.tsx';
import { decideMayDecide, explainMayNot } from './may-decide.ts';
import { RunList } from './run-list.tsx';
import { OUTCOMES, STATES } from './run-search.ts';
import { runStatus } from './run-status.ts';
import { Badge, Sha, Text, Time } from './text.tsx';

export interface OpenQuestion {
  readonly run: Run;
  readonly escalation: EscalationView;
}

interface InboxProps extends PageFrame {
  readonly viewer: Viewer;
  readonly now: Date;
  readonly questions: readonly OpenQuestion[];
  /** Emergencies that are still to be reviewed. */
  readonly followUps: readonly { readonly run: Run; readonly due_at: Date }[];
  readonly search: { readonly q: string; readonly state: string; readonly problem: string | null };
  readonly runs: readonly Run[];
  readonly fleet: FleetView;
  /** Address of the next page of runs. */
  readonly older: string | null;
}

/** What waits for people, then every run. */
export function InboxPage(props: InboxProps) {
  const { viewer, now } = props;
  const may = props.questions.filter((q) => decideMayDecide(viewer.caller, q.escalation, now).kind === 'may');
  const owns = (q: OpenQuestion) => q.escalation.owners.includes(viewer.caller.person ?? '');
  // What the viewer owns comes first; among equals the nearest deadline, in which order the questions come.
  const mine = [...may.filter(owns), ...may.filter((q) => !owns(q))];
  const others = props.questions.filter((q) => !mine.includes(q));
  const searching = props.search.q !== '' || props.search.state !== '';
  return (
    <Layout title="Runs" viewer={viewer} profile={props.profile} version={props.version} script>
      <FleetWarnings fleet={props.fleet} />
      {!searching && (
        <section id="live-inbox" data-live aria-labelledby="inbox">
          <FollowUps followUps={props.followUps} now={now} />
          <div class="section-head">
            <h1 id="inbox">Waits for you</h1>
            {mine.length > 0 && <span class="count">{mine.length}</span>}
          </div>
          {mine.length === 0 ? (
            <p class="empty empty-calm">Nothing waits for your decision.</p>
          ) : (
            <ul class="questions">
              {mine.map((q) => (
                <QuestionCard key={q.run.id} {...q} viewer={viewer} now={now} />
              ))}
            </ul>
          )}
          {others.length > 0 && (
            <details class="fold" id="others">
              <summary>
                Waits for somebody else <span class="count">{others.length}</span>
              </summary>
              <ul class="questions">
                {others.map((q) => (
                  <QuestionCard key={q.run.id} {...q} viewer={viewer} now={now} />
                ))}
              </ul>
            </details>
          )}
        </section>
      )}
      <section aria-labelledby="runs">
        <div class="section-head">
          <h2 id="runs">{searching ? 'Search' : 'Runs'}</h2>
        </div>
        <SearchForm {...props.search} />
        {props.search.problem && (
          <p class="notice notice-wait" role="status">
            <Text>{props.search.problem}</Text>
          </p>
        )}
        {!props.search.problem && (
          <div id="live-runs" data-live>
            <RunList runs={props.runs} now={now} searching={searching} />
          </div>
        )}
        {props.older && (
          <p class="actions">
            <a class="button" href={props.older} rel="next">
              Older runs
            </a>
          </p>
        )}
      </section>
      <FleetPanel fleet={props.fleet} now={now} />
    </Layout>
  );
}

/** Emergencies went ahead of their review, so the review stands ahead of everything. */
function FollowUps({ followUps, now }: Pick<InboxProps, 'followUps' | 'now'>) {
  if (followUps.length === 0) return null;
  return (
    <div class="notice notice-wait">
      <p>
        <strong>
          {followUps.length === 1 ? 'An emergency is' : `${followUps.length} emergencies are`} to be reviewed
        </strong>
      </p>
      <ul>
        {followUps.map(({ run, due_at }) => (
          <li key={run.id}>
            <a href={`/runs/${run.id}#emergency`}>
              <Text>{run.title || `#${run.pr_number}`}</Text>
            </a>{' '}
            <span class="muted">
              <Text>{run.repo}</Text> #{run.pr_number}, {due_at <= now ? 'overdue since' : 'due'}{' '}
              <Time at={due_at} now={now} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function QuestionCard({ run, escalation, viewer, now }: OpenQuestion & { viewer: Viewer; now: Date }) {
  const may = decideMayDecide(viewer.caller, escalation, now);
  return (
    <li class="question">
      <a class="question-link" href={`/runs/${run.id}#decide`}>
        <span class="question-title">
          <Text>{run.title || 'Untitled change'}</Text>
        </span>
        <span class="meta">
          <span>
            <Text>{run.repo}</Text> #{run.pr_number}
          </span>
          <Sha>{run.head_sha}</Sha>
          <span>
            by <Text>{run.author}</Text>
          </span>
          <span>
            asked <Time at={escalation.opened_at} now={now} />
          </span>
          {escalation.owners.includes(viewer.caller.person ?? '') && <span class="tag">you own it</span>}
          {run.emergency_reason !== null && <span class="tag tag-demo">emergency</span>}
          {escalation.approvals_needed > 1 && (
            <span class="muted">
              {escalation.approvals.length} of {escalation.approvals_needed} approvals
            </span>
          )}
          {escalation.reminded > 0 && <span class="muted">reminded</span>}
        </span>
      </a>
      <div class="question-side">
        <Badge status={{ tone: 'wait', label: relativeDeadline(escalation.deadline_at, now) }} />
        {run.risk_score !== null && <span class="risk">Risk {run.risk_score.toFixed(1)}</span>}
      </div>
      <ul class="reasons">
        {escalation.package.reasons.map((reason) => (
          <li>
            <Text>{reason.text}</Text>
          </li>
        ))}
      </ul>
      {may.kind === 'may_not' && <p class="hint">{explainMayNot(may.why, viewer.caller)}</p>}
    </li>
  );
}

function relativeDeadline(deadline: Date, now: Date): string {
  const hours = Math.floor((deadline.getTime() - now.getTime()) / 3_600_000);
  if (deadline <= now) return 'Its time is over';
  if (hours < 1) return 'Decide within the hour';
  return hours < 48 ? `Decide within ${hours} h` : `Decide within ${Math.floor(hours / 24)} d`;
}

function SearchForm({ q, state }: { q: string; state: string }) {
  const options = [
    ...STATES.map((value) => [value, value] as const),
    ...OUTCOMES.map((value) => [value, runStatus({ status: 'finished', outcome: value }).label] as const),
  ];
  return (
    <form class="search" method="get" action="/" role="search">
      <label class="search-text">
        <span class="sr">Search runs</span>
        <input
          type="search"
          name="q"
          value={q}
          placeholder="owner/name, #42, commit sha or run id"
          spellcheck={false}
        />
      </label>
      <label>
        <span class="sr">State</span>
        <select name="state">
          <option value="">Any state</option>
          {options.map(([value, label]) => (
            <option value={value} selected={value === state}>
              {label.charAt(0).toUpperCase() + label.slice(1)}
            </option>
          ))}
        </select>
      </label>
      <button class="button" type="submit">
        Search
      </button>
      {(q !== '' || state !== '') && (
        <a class="button button-quiet" href="/">
          Clear
        </a>
      )}
    </form>
  );
}

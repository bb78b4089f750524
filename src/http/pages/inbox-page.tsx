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
  readonly search: { readonly q: string; readonly state: string; readonly problem: string | null };
  readonly runs: readonly Run[];
  readonly fleet: FleetView;
  /** Address of the next page of runs. */
  readonly older: string | null;
}

/** What waits for people, then every run. */
export function InboxPage(props: InboxProps) {
  const { viewer, now } = props;
  const mine = props.questions.filter((q) => decideMayDecide(viewer.caller, q.escalation, now).kind === 'may');
  const others = props.questions.filter((q) => !mine.includes(q));
  const searching = props.search.q !== '' || props.search.state !== '';
  return (
    <Layout title="Runs" viewer={viewer} profile={props.profile} version={props.version}>
      <FleetWarnings fleet={props.fleet} />
      {!searching && (
        <section aria-labelledby="inbox">
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
            <details class="fold">
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
        {!props.search.problem && <RunList runs={props.runs} now={now} searching={searching} />}
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
        </span>
      </a>
      <div class="question-side">
        <Badge status={{ tone: 'wait', label: `Decide ${relativeDeadline(escalation.deadline_at, now)}` }} />
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
  if (hours < 1) return 'within the hour';
  return hours < 48 ? `within ${hours} h` : `within ${Math.floor(hours / 24)} d`;
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

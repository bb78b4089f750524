import type { FleetView } from '../../fleet/fleet-desk.ts';
import type { WaitingQuestion } from '../../runs/open-questions.ts';
import type { Run } from '../../store/tables.ts';
import { FleetPanel, FleetWarnings } from './fleet-panel.tsx';
import type { InboxChoice } from './inbox-order.ts';
import { InboxQuestions } from './inbox-questions.tsx';
import { Layout, type PageFrame, type Viewer } from './layout.tsx';
import { RunList } from './run-list.tsx';
import { OUTCOMES, STATES } from './run-search.ts';
import { runStatus } from './run-status.ts';
import { Text, Time } from './text.tsx';

interface InboxProps extends PageFrame {
  readonly viewer: Viewer;
  readonly now: Date;
  readonly questions: readonly WaitingQuestion[];
  /** Which of them are shown. */
  readonly choice: InboxChoice;
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
  const searching = props.search.q !== '' || props.search.state !== '';
  return (
    <Layout title="Runs" viewer={viewer} profile={props.profile} version={props.version} script>
      <FleetWarnings fleet={props.fleet} />
      {!searching && (
        <section id="live-inbox" data-live aria-labelledby="inbox">
          <FollowUps followUps={props.followUps} now={now} />
          <InboxQuestions questions={props.questions} choice={props.choice} viewer={viewer} now={now} />
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

/** More than these stand behind a fold, so that the questions are still seen. */
const FOLLOW_UPS_SHOWN = 5;

/** Emergencies went ahead of their review, so the review stands ahead of everything. */
function FollowUps({ followUps, now }: Pick<InboxProps, 'followUps' | 'now'>) {
  if (followUps.length === 0) return null;
  const more = followUps.slice(FOLLOW_UPS_SHOWN);
  return (
    <div class="notice notice-wait">
      <p>
        <strong>
          {followUps.length === 1 ? 'An emergency is' : `${followUps.length} emergencies are`} to be reviewed
        </strong>
      </p>
      <FollowUpList followUps={followUps.slice(0, FOLLOW_UPS_SHOWN)} now={now} />
      {more.length > 0 && (
        <details class="fold" id="follow-ups">
          <summary>{more.length} more</summary>
          <FollowUpList followUps={more} now={now} />
        </details>
      )}
    </div>
  );
}

function FollowUpList({ followUps, now }: Pick<InboxProps, 'followUps' | 'now'>) {
  return (
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
  );
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

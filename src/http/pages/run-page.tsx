import type { RunView } from '../../runs/run-desk.ts';
import type { CanaryView } from '../../runs/view-canary.ts';
import type { Wait } from '../../runs/why-waiting.decide.ts';
import { EVENT_STREAM_NAMES } from '../event-names.ts';
import { CanaryCard } from './canary-card.tsx';
import { ContextParts } from './context-parts.tsx';
import { DecisionPanel } from './decision-panel.tsx';
import { DiffSummary } from './diff-summary.tsx';
import { EmergencyPanel } from './emergency-panel.tsx';
import { EntriesTable } from './entries-table.tsx';
import { Layout, type PageFrame, type Viewer } from './layout.tsx';
import { offeredForm } from './may-decide.ts';
import { ReadCard } from './read-card.tsx';
import { readEvidence } from './run-evidence.ts';
import { RunHeader } from './run-header.tsx';
import { RunSide } from './run-side.tsx';
import { SimilarRuns } from './similar-runs.tsx';
import { makeTimeline } from './stage-timeline.ts';
import { TestsCard } from './tests-card.tsx';
import { Text } from './text.tsx';
import { Timeline } from './timeline.tsx';

export interface RunPageProps extends PageFrame {
  readonly viewer: Viewer;
  readonly now: Date;
  readonly view: RunView;
  readonly wait: Wait;
  readonly canary: CanaryView | null;
  /** What came of the form that was just sent. */
  readonly notice: { readonly tone: 'good' | 'bad'; readonly text: string } | null;
  /** What the person had written when a decision was refused; nothing typed is lost. */
  readonly draftReason: string;
}

/** One run, whole: where it is, what a person must know to decide, and its record. `data-live` parts refresh by script. */
export function RunPage(props: RunPageProps) {
  const { view, viewer, now } = props;
  const { run } = view;
  const evidence = readEvidence(view);
  const after = view.entries.at(-1)?.receipt.seq ?? '0';
  const live = run.status !== 'finished';
  return (
    <Layout
      title={`${run.repo} #${run.pr_number}`}
      viewer={viewer}
      profile={props.profile}
      version={props.version}
      script
    >
      <div
        id="run"
        data-live-run={live ? '' : undefined}
        data-run={run.id}
        data-after={after}
        data-events={EVENT_STREAM_NAMES.join(' ')}
      >
        <div id="live-head" data-live>
          <RunHeader run={run} wait={props.wait} now={now} />
          <Timeline steps={makeTimeline(run, view.entries, view.escalations)} />
        </div>
        <p id="live-note" class="live-note" role="status" aria-live="polite" />
        {props.notice && (
          <p class={`notice notice-${props.notice.tone}`} role="alert">
            {props.notice.text}
          </p>
        )}
        {props.draftReason !== '' && offeredForm(view, viewer.caller, now) === null && (
          <section class="card" aria-labelledby="draft-title">
            <h2 id="draft-title">What you wrote</h2>
            <p class="quote">
              <Text>{props.draftReason}</Text>
            </p>
          </section>
        )}
        <div class="columns">
          <div class="column-main">
            <div id="live-decide" data-live>
              <EmergencyPanel view={view} viewer={viewer} now={now} draftReason={props.draftReason} />
              <DecisionPanel view={view} viewer={viewer} now={now} draftReason={props.draftReason} />
            </div>
            <div id="live-evidence" data-live>
              <CanaryCard runId={run.id} canary={props.canary} />
              <ContextParts evidence={evidence} />
              <ReadCard manifest={evidence.manifest} problems={evidence.problems} />
              <TestsCard entries={view.entries} />
              <DiffSummary summary={evidence.diff_summary} />
              <SimilarRuns runs={evidence.similar_runs} now={now} />
            </div>
            <div id="live-entries" data-live>
              <EntriesTable entries={view.entries} />
            </div>
          </div>
          <aside class="column-side" aria-label="Figures">
            <div id="live-side" data-live>
              <RunSide view={view} evidence={evidence} viewer={viewer} now={now} />
            </div>
          </aside>
        </div>
      </div>
    </Layout>
  );
}

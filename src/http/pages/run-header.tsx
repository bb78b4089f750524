import { describeWait } from '../../runs/describe-wait.ts';
import type { Wait } from '../../runs/why-waiting.decide.ts';
import type { Run } from '../../store/tables.ts';
import { runStatus } from './run-status.ts';
import { Badge, Sha, Text, Time } from './text.tsx';
import { outcomeWords } from './words.ts';

/** Which change this is and where it stands. */
export function RunHeader({ run, wait, now }: { run: Run; wait: Wait; now: Date }) {
  return (
    <header class="run-head">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">Runs</a>
        <span aria-hidden="true">/</span>
        <a href={`/?q=${encodeURIComponent(`${run.repo}#${run.pr_number}`)}`}>
          <Text>{run.repo}</Text> #{run.pr_number}
        </a>
      </nav>
      <div class="run-title">
        <h1>
          <Text>{run.title || 'Untitled change'}</Text>
        </h1>
        <Badge status={runStatus(run)} />
      </div>
      <p class="meta">
        <span>
          Head <Sha>{run.head_sha}</Sha>
        </span>
        <span>
          by <Text>{run.author}</Text>
        </span>
        <span>
          service <Text>{run.service}</Text>
        </span>
        <span>
          started <Time at={run.created_at} now={now} />
        </span>
        {run.finished_at && (
          <span>
            finished <Time at={run.finished_at} now={now} />
          </span>
        )}
        {run.dry_run && <span class="tag">dry run</span>}
        {run.attempt > 1 && <span class="tag">attempt {run.attempt}</span>}
      </p>
      {run.status === 'finished' && run.outcome_reason && (
        <p class="run-note">
          Because: <Text>{outcomeWords(run.outcome_reason)}</Text>
        </p>
      )}
      {run.status !== 'finished' && (
        <p class="run-note" data-wait={wait.kind}>
          Now: <Text>{describeWait(wait, now)}</Text>
        </p>
      )}
      {run.superseded_by && (
        <p class="run-note">
          A newer head took over: <a href={`/runs/${encodeURIComponent(run.superseded_by)}`}>see its run</a>
        </p>
      )}
    </header>
  );
}

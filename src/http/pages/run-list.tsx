import type { Run } from '../../store/tables.ts';
import { runStatus } from './run-status.ts';
import { Badge, Sha, Text, Time } from './text.tsx';
import { sentence } from './words.ts';

/** Runs as a table; on a narrow screen each row becomes a card. */
export function RunList({ runs, now, searching }: { runs: readonly Run[]; now: Date; searching: boolean }) {
  if (runs.length === 0) return <EmptyList searching={searching} />;
  return (
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Change</th>
          <th scope="col">Service</th>
          <th scope="col">Stage</th>
          <th scope="col" class="num">
            Risk
          </th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td class="cell-state">
              <Badge status={runStatus(run)} />
            </td>
            <td class="cell-change">
              <a href={`/runs/${run.id}`}>
                <Text>{run.title || 'Untitled change'}</Text>
              </a>
              <span class="meta">
                <span>
                  <Text>{run.repo}</Text> #{run.pr_number}
                </span>
                <Sha>{run.head_sha}</Sha>
                <span>
                  by <Text>{run.author}</Text>
                </span>
                {run.dry_run && <span class="tag">dry run</span>}
                {run.attempt > 1 && <span class="tag">attempt {run.attempt}</span>}
              </span>
              {run.waiting_for !== null && run.status === 'waiting' && (
                <span class="meta">
                  <Text>{run.waiting_for}</Text>
                </span>
              )}
            </td>
            <td class="cell-service">
              <Text>{run.service}</Text>
            </td>
            <td class={run.status === 'finished' ? 'cell-stage cell-none' : 'cell-stage'}>
              {run.status === 'finished' ? '—' : <Text>{sentence(run.stage)}</Text>}
            </td>
            <td class={run.risk_score === null ? 'cell-risk cell-none num' : 'cell-risk num'}>
              {run.risk_score === null ? '—' : run.risk_score.toFixed(1)}
            </td>
            <td class="cell-time">
              <Time at={run.created_at} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EmptyList({ searching }: { searching: boolean }) {
  if (searching) return <p class="empty">No run matches. Names and shas are compared whole.</p>;
  return (
    <div class="empty">
      <p>No runs yet. CI starts one for each head of a pull request:</p>
      <pre class="code">
        <code>slipway enqueue --repo owner/name --pr 42 --sha &lt;40 digits&gt; --wait</code>
      </pre>
    </div>
  );
}

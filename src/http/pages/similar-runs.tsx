import type { ContextPackage } from '../../runs/context-package.ts';
import { runStatus } from './run-status.ts';
import { Badge, Text, Time } from './text.tsx';
import { outcomeWords } from './words.ts';

/** What became of changes like this one. */
export function SimilarRuns({ runs, now }: { runs: ContextPackage['similar_runs'] | null; now: Date }) {
  if (runs === null || runs.length === 0) return null;
  return (
    <section class="card" aria-labelledby="similar">
      <div class="section-head">
        <h2 id="similar">Similar changes before</h2>
        <span class="count">{runs.length}</span>
      </div>
      <ul class="similar">
        {runs.map((run) => (
          <li key={run.id}>
            <Badge status={runStatus({ status: 'finished', outcome: run.outcome })} />
            <span class="similar-what">
              <a href={`/runs/${run.id}`}>
                <Text>{run.title || `#${run.pr_number}`}</Text>
              </a>
              <span class="meta">
                <span>#{run.pr_number}</span>
                <span>
                  by <Text>{run.author}</Text>
                </span>
                {run.decision && <span>people: {outcomeWords(run.decision)}</span>}
                {run.risk_score !== null && <span>risk {run.risk_score.toFixed(1)}</span>}
                <Time at={new Date(run.finished_at)} now={now} />
                <span>
                  <Text>{run.why}</Text>
                </span>
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { drawErrors, drawSlow } from '../../incidents/draw-canary.ts';
import { runbookAddress } from '../../incidents/runbook-address.ts';
import type { CanaryView } from '../../runs/view-canary.ts';
import { Text } from './text.tsx';

interface CanaryCardProps {
  readonly runId: string;
  readonly canary: CanaryView | null;
}

/** How canary and production did, drawn; after a rollback what happened, and what an agent thinks of it, marked as such. */
export function CanaryCard({ runId, canary }: CanaryCardProps) {
  if (canary === null || canary.course.series.length === 0) return null;
  const { course, incident, opinion } = canary;
  return (
    <section class="card" aria-labelledby="canary">
      <div class="section-head">
        <h2 id="canary">Canary</h2>
        {incident && <span class="tag">{incident.cause.replaceAll('_', ' ')}</span>}
      </div>
      {incident && <IncidentFacts runId={runId} incident={incident} />}
      {/* Made by our own code from numbers, with every word escaped. */}
      <figure class="chart" dangerouslySetInnerHTML={{ __html: drawErrors(course) }} />
      <figure class="chart" dangerouslySetInnerHTML={{ __html: drawSlow(course) }} />
      {opinion?.answer && (
        <details>
          <summary>An agent’s opinion; nothing rests on it</summary>
          <p>
            <Text>{opinion.answer.summary}</Text>
          </p>
          <p>
            <Text>{`Probable cause: ${opinion.answer.probable_cause}`}</Text>
          </p>
          <p>
            <Text>{`Recommendation: ${opinion.answer.recommendation}`}</Text>
          </p>
        </details>
      )}
    </section>
  );
}

function IncidentFacts({ runId, incident }: { runId: string; incident: NonNullable<CanaryView['incident']> }) {
  const { impact, times } = incident;
  const facts: readonly (readonly [string, string])[] = [
    ['Requests', `${impact.canary_requests} to the canary: ${impact.failed} failed, ${impact.slow} slow`],
    [
      'Found',
      times.detection_s === null ? 'without a failed request' : `${times.detection_s.toFixed(1)} s after the first`,
    ],
    [
      'Out of traffic',
      times.rollback_s === null ? 'not known' : `${times.rollback_s.toFixed(1)} s after the verdict, read back`,
    ],
    [
      'Error budget',
      impact.error_budget_spent === null
        ? 'no traffic'
        : `${(impact.error_budget_spent * 100).toFixed(1)} % of that time’s`,
    ],
  ];
  const runbook = runbookAddress(incident.runbook, null);
  return (
    <>
      <p>
        <Text>{incident.why}</Text>
      </p>
      <dl class="pairs">
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>What to do</dt>
          <dd>{runbook === null ? incident.runbook : <a href={runbook}>{incident.runbook}</a>}</dd>
        </div>
      </dl>
      <p class="hint">
        <a href={`/v1/runs/${runId}/incident.md`}>The whole report</a>, also as{' '}
        <a href={`/v1/runs/${runId}/incident`}>JSON</a>.
      </p>
    </>
  );
}

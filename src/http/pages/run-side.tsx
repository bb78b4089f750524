import type { ContextPackage } from '../../runs/context-package.ts';
import type { RunView } from '../../runs/run-desk.ts';
import { mayUse } from '../authenticate.ts';
import { baselineRows } from './baseline-rows.ts';
import { CostCard } from './cost-card.tsx';
import type { Viewer } from './layout.tsx';
import { PolicyCard } from './policy-card.tsx';
import type { RunEvidence } from './run-evidence.ts';
import { showPoints } from './show-points.ts';
import { Sha, Text } from './text.tsx';
import { factWords } from './words.ts';

/** Figures beside the evidence: score as a sum, facts, baseline, cost, the commits. */
export function RunSide(props: { view: RunView; evidence: RunEvidence; viewer: Viewer; now: Date }) {
  const { view, evidence } = props;
  return (
    <>
      <Score score={evidence.score} stored={view.run.risk_score} from={view.policy?.risk_score_max ?? 7} />
      <PolicyCard policy={view.policy} />
      <Facts facts={evidence.facts} evidence={evidence.evidence ?? []} />
      <Baseline baseline={evidence.baseline} />
      <CostCard usage={view.usage} review={view.reviewUsage} />
      <Commits view={view} />
      <Cancel view={view} viewer={props.viewer} />
    </>
  );
}

function Score(props: { score: ContextPackage['score'] | null; stored: number | null; from: number }) {
  const { score, stored, from } = props;
  const total = score?.total ?? stored;
  if (score === null && stored === null) return null;
  return (
    <section class="card card-side" aria-labelledby="score">
      <h2 id="score">Risk score</h2>
      <p class="score-total">
        {total === null ? <span class="muted">none</span> : <strong>{total.toFixed(1)}</strong>}
        {total !== null && <span class="muted"> of 10</span>}
      </p>
      {total !== null && <Meter value={total} from={from} />}
      {total === null && <p class="hint">The review came to no result, so a person decides.</p>}
      {score && score.terms.length > 0 && (
        <table class="sum">
          <caption class="sr">The score as a sum</caption>
          <tbody>
            {score.terms.map((term) => (
              <tr>
                <th scope="row">
                  <Text>{term.label}</Text>
                </th>
                <td class="num">{showPoints(term.points)}</td>
              </tr>
            ))}
          </tbody>
          {score.total !== null && (
            <tfoot>
              <tr>
                <th scope="row">Total</th>
                <td class="num">{score.total.toFixed(1)}</td>
              </tr>
            </tfoot>
          )}
        </table>
      )}
    </section>
  );
}

/** From the mark on a person decides. */
function Meter({ value, from }: { value: number; from: number }) {
  const tone = value >= from ? 'bad' : value >= from * 0.6 ? 'wait' : 'good';
  return (
    <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="meter-back" width="100" height="6" />
      <rect class={`meter-fill meter-${tone}`} width={Math.min(100, Math.max(0, value * 10))} height="6" />
      <rect class="meter-mark" x={from * 10} width="0.7" height="6" />
    </svg>
  );
}

function Facts({ facts, evidence }: { facts: ContextPackage['facts'] | null; evidence: ContextPackage['evidence'] }) {
  if (facts === null || Object.keys(facts).length === 0) return null;
  const rank = (value: boolean | null) => (value === true ? 0 : value === null ? 1 : 2);
  const rows = Object.entries(facts).sort(([, a], [, b]) => rank(a) - rank(b));
  return (
    <section class="card card-side" aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
      <ul class="facts">
        {rows.map(([name, value]) => (
          <li key={name} class={value === false ? 'fact-no' : 'fact-yes'}>
            <span class="fact-name">
              <Text>{factWords(name)}</Text>
            </span>
            <span class={`fact-value fact-${value === true ? 'true' : value === null ? 'unknown' : 'false'}`}>
              {value === true ? 'Yes' : value === null ? 'Unknown, counts as yes' : 'No'}
            </span>
            {evidence
              .filter((item) => item.fact === name)
              .map((item) => (
                <span class="fact-evidence">
                  <code class="path">
                    <Text>{item.line === null ? item.path : `${item.path}:${item.line}`}</Text>
                  </code>{' '}
                  <Text>{item.rule}</Text>
                </span>
              ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Baseline({ baseline }: { baseline: ContextPackage['baseline'] | null }) {
  if (baseline === null) return null;
  return (
    <section class="card card-side" aria-labelledby="baseline">
      <h2 id="baseline">Production baseline</h2>
      <dl class="pairs">
        {baselineRows(baseline).map(({ label, value }) => (
          <div>
            <dt>
              <Text>{label}</Text>
            </dt>
            <dd>
              <Text>{value}</Text>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Commits({ view: { run } }: { view: RunView }) {
  const rows = [
    ['Head', run.head_sha],
    ['Base', run.base_sha],
    ['Target', run.target_sha],
    ['Merge', run.merge_sha],
    ['Artifact', run.artifact],
    ['Policy', run.policy_hash],
    ['Run', run.id],
  ] as const;
  return (
    <section class="card card-side" aria-labelledby="commits">
      <h2 id="commits">Identity</h2>
      <dl class="pairs">
        {rows.map(
          ([label, value]) =>
            value !== null && (
              <div>
                <dt>{label}</dt>
                <dd>
                  <Sha>{value}</Sha>
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}

function Cancel({ view: { run }, viewer }: { view: RunView; viewer: Viewer }) {
  if (run.status === 'finished' || !mayUse(viewer.caller, 'enqueue')) return null;
  return (
    <details class="fold fold-side" id="cancel">
      <summary>Stop this run</summary>
      <form class="stack" method="post" action={`/runs/${run.id}/cancel`}>
        <input type="hidden" name="csrf" value={viewer.csrf} />
        <label class="field">
          <span>Reason</span>
          <input type="text" name="reason" required maxLength={2000} />
        </label>
        <button class="button button-danger" type="submit">
          Stop the run
        </button>
      </form>
    </details>
  );
}

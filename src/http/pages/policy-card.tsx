import type { PolicyRecord } from '../../policy/policy-record.ts';
import { showAmount, showPoints } from './show-points.ts';
import { Text } from './text.tsx';
import { outcomeWords, sentence } from './words.ts';

/** How the policy came to its route: the threshold as a sum, the classes, what code itself would do. */
export function PolicyCard({ policy }: { policy: PolicyRecord | null }) {
  if (policy === null) return null;
  const { author_record: record, rollout } = policy;
  return (
    <section class="card card-side" aria-labelledby="policy">
      <h2 id="policy">Policy</h2>
      <table class="sum">
        <caption class="sr">The threshold of the risk score as a sum</caption>
        <tbody>
          {policy.terms.map((term, index) => (
            <tr>
              <th scope="row">
                <Text>{index === 0 ? sentence(term.label) : term.label}</Text>
              </th>
              <td class="num">{index === 0 ? showAmount(term.points) : showPoints(term.points)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">A person from</th>
            <td class="num">{showAmount(policy.risk_score_max)}</td>
          </tr>
        </tfoot>
      </table>
      <dl class="pairs">
        <div>
          <dt>Tier</dt>
          <dd>
            <Text>{policy.tier}</Text>
          </dd>
        </div>
        <div>
          <dt>Class</dt>
          <dd>{policy.classes.map(outcomeWords).join(', ') || 'none'}</dd>
        </div>
        <div>
          <dt>Code would</dt>
          <dd>{WOULD[policy.recommendation]}</dd>
        </div>
        <div>
          <dt>Author</dt>
          <dd>
            {record.deployed} deployed, {record.rolled_back} rolled back, {record.rejected} rejected
          </dd>
        </div>
        {rollout.automated_pct < 100 && (
          <div>
            <dt>Rollout</dt>
            <dd>
              {rollout.automated_pct} %, this one at {rollout.bucket}
            </dd>
          </div>
        )}
      </dl>
      {policy.notes.length > 0 && (
        <ul class="notes">
          {policy.notes.map((note) => (
            <li>
              <Text>{note}</Text>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const WOULD: Record<PolicyRecord['recommendation'], string> = {
  approve: 'approve',
  reject: 'reject',
  none: 'not say',
};

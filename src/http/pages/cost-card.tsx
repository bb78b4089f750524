import { describeSaving, type UsageRecord } from '../../agents/usage-record.ts';
import type { RunView } from '../../runs/run-desk.ts';

const count = new Intl.NumberFormat('en-US');

/** What the models of a run were sent and billed, and of its review what it would have been with nothing left out. */
export function CostCard({ usage, review }: { usage: RunView['usage']; review: UsageRecord | null }) {
  const saving = review === null ? null : describeSaving(review);
  return (
    <section class="card card-side" aria-labelledby="cost">
      <h2 id="cost">Tokens and cost</h2>
      <dl class="pairs">
        <Pair label="Input" value={count.format(usage.inputTokens)} />
        <Pair label="Output" value={count.format(usage.outputTokens)} />
        <Pair label="Cost" value={`$${(usage.costMicroUsd / 1e6).toFixed(usage.costMicroUsd < 1e6 ? 4 : 2)}`} />
      </dl>
      {saving !== null && <p class="hint">The review was sent {saving}.</p>}
      {review !== null && Object.keys(review.by_agent).length > 0 && <ByAgent review={review} />}
    </section>
  );
}

function Pair({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function ByAgent({ review }: { review: UsageRecord }) {
  return (
    <table class="sum">
      <caption class="sr">Tokens of the review by agent</caption>
      <thead>
        <tr>
          <th scope="col">Agent</th>
          <th scope="col">Calls</th>
          <th scope="col">Sent</th>
          <th scope="col">From cache</th>
          <th scope="col">Output</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(review.by_agent).map(([agent, sums]) => (
          <tr>
            <th scope="row">{agent}</th>
            <td class="num">{sums.calls}</td>
            <td class="num">{count.format(sums.sent_tokens)}</td>
            <td class="num">{count.format(sums.cache_read_tokens)}</td>
            <td class="num">{count.format(sums.output_tokens)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

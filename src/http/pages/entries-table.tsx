import type { Recorded } from '../../audit/audit-log.ts';
import { printable } from './printable.ts';
import { showInstant } from './show-time.ts';
import { Text } from './text.tsx';
import { outcomeWords } from './words.ts';

/** The run's part of the record, in order; each entry opens to what it holds. */
export function EntriesTable({ entries }: { entries: readonly Recorded[] }) {
  return (
    <section class="record" aria-labelledby="record">
      <div class="section-head">
        <h2 id="record">Record</h2>
        <span class="count">{entries.length}</span>
        <span class="hint">append-only; recorded before anything acted on it</span>
      </div>
      {entries.length === 0 ? (
        <p class="empty empty-calm">Nothing is on the record yet.</p>
      ) : (
        <table class="entries">
          <thead>
            <tr>
              <th scope="col" class="num">
                Seq
              </th>
              <th scope="col">Time (UTC)</th>
              <th scope="col">Event</th>
              <th scope="col">Outcome</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((recorded) => (
              <EntryRow key={recorded.receipt.seq} recorded={recorded} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function EntryRow({ recorded }: { recorded: Recorded }) {
  const { entry, receipt, recordedAt } = recorded;
  const hasPayload = Object.keys(entry.payload).length > 0;
  return (
    <tr id={`e${receipt.seq}`}>
      <td class="num cell-seq">
        <a href={`#e${receipt.seq}`}>{receipt.seq}</a>
      </td>
      <td class="cell-at">
        <time dateTime={recordedAt.toISOString()} title={showInstant(recordedAt)}>
          {recordedAt.toISOString().slice(11, 23)}
        </time>
      </td>
      <td class="cell-event">
        <code>{entry.event}</code>
      </td>
      <td class="cell-outcome">
        <Text>{outcomeWords(entry.outcome)}</Text>
      </td>
      <td class="cell-why">
        <details class="entry-more" id={`more-${receipt.seq}`}>
          <summary>
            <Text>{entry.rationale}</Text>
          </summary>
          <dl class="pairs pairs-wide">
            <div>
              <dt>Actor</dt>
              <dd>
                {entry.actor.kind} <Text>{entry.actor.id}</Text>
              </dd>
            </div>
            <div>
              <dt>Version</dt>
              <dd>
                <Text>{entry.agent_version}</Text>
              </dd>
            </div>
            <div>
              <dt>Chain hash</dt>
              <dd>
                <code class="wrap">{receipt.chainHash}</code>
              </dd>
            </div>
          </dl>
          {hasPayload && (
            <pre class="code" tabIndex={0}>
              <code>{printable(JSON.stringify(entry.payload, null, 2))}</code>
            </pre>
          )}
        </details>
      </td>
    </tr>
  );
}

import type { FleetView } from '../../fleet/fleet-desk.ts';
import type { Replica, ReplicaState } from '../../fleet/replica.ts';
import { Badge, Text, Time } from './text.tsx';

/** Brakes, lost replicas, queues that nobody serves: on top, because they explain why runs stand still. */
export function FleetWarnings({ fleet }: { fleet: FleetView }) {
  if (fleet.warnings.length === 0) return null;
  return (
    <ul class="notice notice-wait" role="status" aria-label="The fleet">
      {fleet.warnings.map((warning) => (
        <li>
          <Text>{warning}</Text>
        </li>
      ))}
    </ul>
  );
}

const TONES: Record<ReplicaState, 'good' | 'wait' | 'bad'> = { live: 'good', draining: 'wait', lost: 'bad' };

/** The worker processes that serve the queues. */
export function FleetPanel({ fleet, now }: { fleet: FleetView; now: Date }) {
  return (
    <section aria-labelledby="replicas">
      <details class="fold">
        <summary>
          <span id="replicas">Replicas</span>{' '}
          <span class="count">{fleet.replicas.filter(({ state }) => state === 'live').length}</span>
        </summary>
        {fleet.replicas.length === 0 ? (
          <p class="empty">No worker has started yet.</p>
        ) : (
          <table class="runs">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">Replica</th>
                <th scope="col">Queues</th>
                <th scope="col" class="num">
                  Active
                </th>
                <th scope="col">Last beat</th>
              </tr>
            </thead>
            <tbody>
              {fleet.replicas.map((replica) => (
                <ReplicaRow key={replica.id} replica={replica} now={now} />
              ))}
            </tbody>
          </table>
        )}
      </details>
    </section>
  );
}

function ReplicaRow({ replica, now }: { replica: Replica; now: Date }) {
  return (
    <tr>
      <td class="cell-state">
        <Badge status={{ tone: TONES[replica.state], label: replica.state }} />
      </td>
      <td class="cell-change">
        <Text>{replica.id}</Text>
        <span class="meta">
          <span>
            pid {replica.pid} on <Text>{replica.host}</Text>
          </span>
          <span>
            version <Text>{replica.version}</Text>
          </span>
          <span>
            started <Time at={replica.startedAt} now={now} />
          </span>
        </span>
      </td>
      <td class="cell-service">
        <Text>{replica.stages.join(', ')}</Text>
      </td>
      <td class="num">{replica.active}</td>
      <td class="cell-time">
        <Time at={replica.lastBeat} now={now} />
      </td>
    </tr>
  );
}

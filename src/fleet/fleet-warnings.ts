import type { FleetView } from './fleet-desk.ts';
import { CLOCK_OFF_MS, unservedQueues } from './replica.ts';

/** From this share on a budget is worth a word. */
const NEAR = 0.8;

/** What somebody should know about the fleet, one line each, the gravest first. Pure. */
export function fleetWarnings({ queues, replicas, freezes, budgets }: Omit<FleetView, 'warnings'>): string[] {
  const frozen = freezes.map(
    ({ service, actor, reason, at }) =>
      `${service ?? 'every service'} is frozen since ${shortTime(at)} by ${actor}: ${reason}`,
  );
  const paused = queues.flatMap(({ name, pause }) => {
    if (pause === null) return [];
    const why = pause.cause === 'spend_limit' ? 'the model account’s spend limit' : pause.actor;
    return [`queue ${name} is paused since ${shortTime(pause.at)} by ${why}: ${pause.reason}`];
  });
  const near = budgets
    .filter(({ ratio }) => ratio >= NEAR)
    .map(({ budget, subject, ratio }) => `budget of ${budget} ${subject} is used to ${Math.floor(ratio * 100)} %`);
  const unserved = unservedQueues(replicas).map((queue) => {
    const waiting = queues.find(({ name }) => name === queue)?.waiting ?? 0;
    return `no live replica serves queue ${queue}${waiting === 0 ? '' : `, where jobs wait: ${waiting}`}`;
  });
  const lost = replicas
    .filter(({ state }) => state === 'lost')
    .map(({ id, lastBeat }) => `replica ${id} is lost: its last beat was at ${shortTime(lastBeat)}`);
  const off = replicas.flatMap(({ id, host, state, clockOffsetMs }) =>
    state === 'lost' || clockOffsetMs === null || Math.abs(clockOffsetMs) <= CLOCK_OFF_MS
      ? []
      : [
          `the clock of replica ${id} on ${host} is at least ${Math.floor(Math.abs(clockOffsetMs) / 1000)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} the database’s`,
        ],
  );
  const blind = queues.some(({ waiting }) => waiting === null) ? ['redis is out of reach: nothing moves'] : [];
  return [...blind, ...frozen, ...paused, ...unserved, ...lost, ...off, ...near];
}

/** UTC, to the minute: `2026-11-27 03:12`. */
function shortTime(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

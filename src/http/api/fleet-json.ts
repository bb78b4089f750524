import type { Control } from '../../fleet/control.ts';
import type { FleetView } from '../../fleet/fleet-desk.ts';
import type { FleetJson } from './fleet-schemas.ts';

export function fleetJson(view: FleetView): FleetJson {
  return {
    warnings: [...view.warnings],
    settings: view.settings.map((control) => ({
      name: control.name,
      value: control.value.value,
      ...wantedBy(control),
    })),
    freezes: view.freezes.map((freeze) => ({ service: freeze.service, ...wantedBy(freeze) })),
    budgets: view.budgets.map((use) => ({ ...use })),
    queues: view.queues.map(({ name, replicas, waiting, active, pause }) => ({
      name,
      replicas,
      waiting,
      active,
      pause: pause === null ? null : { cause: pause.cause, ...wantedBy(pause) },
    })),
    replicas: view.replicas.map(({ startedAt, lastBeat, clockOffsetMs, stages, ...replica }) => ({
      ...replica,
      stages: [...stages],
      started_at: startedAt.toISOString(),
      last_beat: lastBeat.toISOString(),
      clock_offset_ms: clockOffsetMs,
    })),
  };
}

function wantedBy({ actor, reason, at }: Control): { by: string; reason: string; since: string } {
  return { by: actor, reason, since: at.toISOString() };
}

import type { DeliverySettings, ProgramSettings } from './delivery-schema.ts';
import type { KeyPath } from './located-yaml.ts';

export interface PlacedProgram {
  readonly path: KeyPath;
  readonly settings: ProgramSettings;
}

/** Every program that a service's delivery asks, with its place below `services.<name>.delivery`. */
export function programsOf(delivery: DeliverySettings): PlacedProgram[] {
  const found: PlacedProgram[] = [];
  if (delivery.kind === 'command') found.push({ path: [], settings: delivery });
  if (delivery.kind === 'nginx') found.push({ path: ['reload'], settings: delivery.reload });
  if (delivery.kind === 'haproxy' || delivery.kind === 'nginx')
    found.push({ path: ['deploy'], settings: delivery.deploy });
  if (delivery.kind !== 'local' && delivery.metrics.kind === 'command')
    found.push({ path: ['metrics'], settings: delivery.metrics });
  return found;
}

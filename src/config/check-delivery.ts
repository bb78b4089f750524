import type { Remark } from './check-meaning.ts';
import { programsOf } from './programs-of.ts';
import type { DeliverySettings } from './schema.ts';
import { VARIABLES } from './variables.ts';

/** What a service's delivery must not say, with paths below `services.<name>.delivery`. */
export function checkDelivery(delivery: DeliverySettings): Remark[] {
  return programsOf(delivery).flatMap(({ path, settings }) => checkVariables(path, settings.environment));
}

/** A program of delivery needs the cluster's credentials, never Slipway's own: with those it could write the record. */
function checkVariables(path: Remark['path'], names: readonly string[]): Remark[] {
  return names.flatMap((name, index) => {
    const own = VARIABLES.find((variable) => name === variable.name || name === `${variable.name}_FILE`);
    if (own === undefined || !own.secret) return [];
    const problem = 'is a secret of Slipway itself, which no program is given';
    return [{ path: [...path, 'environment', index], problem, fix: 'give the program a variable of its own' }];
  });
}

import { describe, expect, test } from 'vitest';
import { CONTRACT_CASES } from './contract-cases.ts';
import { type Confusion, confusionOf } from './labelled-case.ts';
import { SCHEMA_CASES } from './schema-cases.ts';
import { SERVICE_CASES } from './service-cases.ts';
import { SERVICE_COMMITS } from './service-commits.ts';
import { SERVICE_NAMES } from './service-names.ts';
import { SERVICE_PLACES } from './service-places.ts';
import { SERVICE_SETTINGS } from './service-settings.ts';
import { SERVICE_WAYS } from './service-ways.ts';

const MIN_CASES = 25;

const SETS = [
  ['schema_changes_detected', SCHEMA_CASES],
  ['breaking_api_contract', CONTRACT_CASES],
  [
    'new_service_integration',
    [...SERVICE_CASES, ...SERVICE_WAYS, ...SERVICE_SETTINGS, ...SERVICE_COMMITS, ...SERVICE_PLACES, ...SERVICE_NAMES],
  ],
] as const;

/** Precision and recall over the set, as in the documents. */
function describeConfusion(fact: string, { hits, misses, falseAlarms, rightlyQuiet }: Confusion): string {
  const precision = hits / Math.max(1, hits + falseAlarms.length);
  const recall = hits / Math.max(1, hits + misses.length);
  return `${fact}: ${hits} found, ${misses.length} missed, ${falseAlarms.length} false alarms, ${rightlyQuiet} rightly quiet; precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`;
}

describe('the labelled set', () => {
  test.each(SETS)('%s', async (fact, cases) => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.filter(({ truth }) => truth).length).toBeGreaterThanOrEqual(MIN_CASES);
    expect(cases.filter(({ truth }) => !truth).length).toBeGreaterThanOrEqual(MIN_CASES);
    const confusion = await confusionOf(fact, cases);
    console.log(describeConfusion(fact, confusion));
    expect({ misses: confusion.misses, falseAlarms: confusion.falseAlarms }).toEqual({ misses: [], falseAlarms: [] });
  });
});

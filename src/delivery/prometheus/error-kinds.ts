import type { PrometheusSettings } from '../../config/delivery-schema.ts';
import { type ErrorKind, MAX_ERROR_KINDS } from '../metric-source.ts';
import type { PrometheusClient, Sample } from './prometheus-client.ts';
import { fillTemplate, type TemplateValues } from './query-template.ts';

/**
 * What the errors of an arm were, one kind for each series of `error_kinds`, the most frequent first. It is for the report
 * only: a query that fails or shows no counts gives none, and the figures that a verdict rests on stand without it.
 */
export async function readErrorKinds(
  {
    client,
    settings,
    values,
    at,
  }: {
    client: PrometheusClient;
    settings: Pick<PrometheusSettings, 'error_kinds'>;
    values: TemplateValues;
    at: number;
  },
  signal: AbortSignal,
): Promise<ErrorKind[] | undefined> {
  if (settings.error_kinds === undefined) return undefined;
  try {
    const samples = await client.query(fillTemplate(settings.error_kinds, values), signal, at);
    if (samples.some(({ value }) => !Number.isInteger(value) || value < 0)) return undefined;
    return samples
      .map((sample) => ({ kind: nameKind(sample), count: sample.value }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, MAX_ERROR_KINDS);
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** Its labels in the order of the alphabet; a label of the name or of the arm would make both arms differ by itself. */
function nameKind({ labels }: Sample): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return (pairs.map(([name, value]) => `${name}=${value}`).join(' ') || 'error').slice(0, 200);
}

/** Prometheus text for figures that are summed in Postgres: prom-client only counts what its own process saw. */

type Labels = Readonly<Record<string, string>>;

export interface CounterRow {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramRow {
  readonly labels: Labels;
  /** Cumulative counts, one for each edge, in the order of the edges. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export function renderCounter(name: string, help: string, rows: readonly CounterRow[]): string {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...rows.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
  ].join('\n');
}

export function renderHistogram(
  name: string,
  help: string,
  edgesS: readonly number[],
  rows: readonly HistogramRow[],
): string {
  const lines = rows.flatMap(({ labels, counts, count, sum }) => [
    ...edgesS.map((edge, i) => `${name}_bucket${labelText({ ...labels, le: String(edge) })} ${counts[i] ?? 0}`),
    `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
    `${name}_sum${labelText(labels)} ${sum}`,
    `${name}_count${labelText(labels)} ${count}`,
  ]);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines].join('\n');
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(
    ([key, value]) => `${key}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** Models that are known to end. Data, so that a release only adds a line; the price table lives with the agents. */
export interface ModelEnd {
  readonly model: string;
  /** The last day it answers, ISO date. */
  readonly endsOn: string;
  /** Where the date comes from. */
  readonly source: string;
}

/** What `orchestration.model` is when nothing is written. */
export const DEFAULT_MODEL = 'claude-sonnet-5-5';

export const MODEL_ENDS: readonly ModelEnd[] = [
  {
    model: 'claude-sonnet-4-5',
    endsOn: '2026-11-30',
    source: '@anthropic-ai/sdk 1.12.0, DEPRECATED_MODELS: November 30th, 2026',
  },
  {
    model: 'claude-sonnet-4-5-20250929',
    endsOn: '2026-11-30',
    source: '@anthropic-ai/sdk 1.12.0, DEPRECATED_MODELS: November 30th, 2026',
  },
];

/** A sentence for the log when the model is near or past its end; undefined for a model with no known end. */
export function describeModelEnd(model: string, now: Date): string | undefined {
  const end = MODEL_ENDS.find((known) => known.model === model);
  if (end === undefined) return undefined;
  const past = now.toISOString().slice(0, 10) > end.endsOn;
  const consequence = past
    ? `reached its end of life on ${end.endsOn}: calls may be refused, and every refused review goes to a human`
    : `reaches its end of life on ${end.endsOn}`;
  return `orchestration.model: ${model} ${consequence}; set a current model, e.g. ${DEFAULT_MODEL} (source: ${end.source})`;
}

import type { Logger } from '../../src/log.ts';

export interface SuiteOptions {
  /** Turns of each arm that count; one more warms up. */
  readonly rounds: number;
  /** Few and small: shows that a suite runs, says nothing of speed. */
  readonly quick: boolean;
  readonly log: Logger;
  /** Progress, for people. */
  readonly say: (text: string) => void;
}

/** A line of the table: what it is about, and figures by name. */
export type TableRow = { readonly case: string } & Readonly<Record<string, number | string>>;

export interface SuiteResult {
  readonly suite: string;
  readonly rows: readonly TableRow[];
}

import type { KeyPath } from './located-yaml.ts';

/** What is wrong with a value that has the right shape. */
export interface Remark {
  readonly path: KeyPath;
  readonly problem: string;
  readonly fix?: string;
}

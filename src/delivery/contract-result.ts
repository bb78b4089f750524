import { z } from 'zod';
import { SmokeResult } from './smoke.ts';

/** What a contract's tests showed of the staged version, and of its base where that was asked. */
export const ContractResult = z.strictObject({
  name: z.string(),
  head: z.array(SmokeResult),
  /** null = not run against the base: it passed, or nothing is compared. */
  base: z.array(SmokeResult).nullable(),
});
export type ContractResult = z.infer<typeof ContractResult>;

/** The failures that are the change's own: what fails on its base in the same way is older than the change. Pure. */
export function newFailures({ name, head, base }: ContractResult): SmokeResult[] {
  const failed = failuresOf(name, head);
  if (base === null) return failed;
  const known = new Set(failuresOf(name, base).map((result) => result.name));
  return failed.filter((result) => !known.has(result.name));
}

/** The line of the whole suite repeats its tests: it counts alone only where no test is named. */
function failuresOf(name: string, results: readonly SmokeResult[]): SmokeResult[] {
  const failed = results.filter(({ passed }) => !passed);
  const named = failed.filter((result) => result.name !== name);
  return named.length > 0 ? named : failed;
}

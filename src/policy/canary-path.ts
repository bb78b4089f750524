import type { SlipwayFile } from '../config/schema.ts';
import type { BranchPolicyText } from './branch-policy.ts';
import { CHANGE_CLASSES, type ChangeClass } from './change-class.ts';

/** How a canary gets from its first share to production. */
export interface CanaryPath {
  /** Shares at each of which it must pass before it is production, percent, in order. */
  readonly steps: readonly number[];
  /** Shares that it may reach only by a person's word, percent, in order; 100 is production. */
  readonly gates: readonly number[];
}

/**
 * The steps and gates of every class that a change is of, and of every class there is where that is not known (null). The
 * target branch adds gates; one whose policy cannot be understood may have asked for any. Pure.
 */
export function resolveCanaryPath(facts: {
  readonly classes: readonly ChangeClass[] | null;
  readonly configured: SlipwayFile['change_classes'];
  readonly branch: BranchPolicyText;
}): CanaryPath {
  const { configured, branch } = facts;
  const classes = facts.classes ?? CHANGE_CLASSES;
  const steps = inOrder(classes.flatMap((name) => configured[name].canary_steps));
  const own = classes.flatMap((name) => configured[name].canary_gates);
  const asks = branch.kind === 'ok' ? branch.policy.change_classes : undefined;
  const asked =
    branch.kind === 'invalid' ? [...steps, 100] : classes.flatMap((name) => asks?.[name]?.canary_gates ?? []);
  return { steps, gates: inOrder([...own, ...asked]) };
}

/** Whether a person must say so before the share is raised from one to the other. Pure. */
export function isGated({ gates }: Pick<CanaryPath, 'gates'>, fromPct: number, toPct: number): boolean {
  return gates.some((gate) => gate > fromPct && gate <= toPct);
}

function inOrder(shares: readonly number[]): number[] {
  return [...new Set(shares)].toSorted((a, b) => a - b);
}

import type { FactName } from '../../../../src/change/change.ts';
import { type ChangeInput, inspectInput } from '../make-change.ts';

/** A change of the shape that public projects make, with what a reader of it says of one fact. */
export interface LabelledCase {
  readonly name: string;
  readonly truth: boolean;
  readonly change: ChangeInput;
}

export interface Confusion {
  readonly hits: number;
  readonly misses: readonly string[];
  readonly falseAlarms: readonly string[];
  readonly rightlyQuiet: number;
}

type Texts = Readonly<Record<string, string>>;

/** New files, on top of what the base holds. */
export const adds = (name: string, truth: boolean, after: Texts, base: Texts = {}): LabelledCase => ({
  name,
  truth,
  change: { after, base },
});

/** One file changed. */
export const edits = (
  name: string,
  truth: boolean,
  path: string,
  before: string,
  after: string,
  base: Texts = {},
): LabelledCase => ({ name, truth, change: { before: { [path]: before }, after: { [path]: after }, base } });

/** Several files changed, added or gone. */
export const changes = (name: string, truth: boolean, before: Texts, after: Texts, base: Texts = {}): LabelledCase => ({
  name,
  truth,
  change: { before, after, base },
});

/** How a fact compares with the labels. Unknown counts as yes: that is how the product treats it. */
export async function confusionOf(fact: FactName, cases: readonly LabelledCase[]): Promise<Confusion> {
  const judged = await Promise.all(
    cases.map(async ({ name, truth, change }) => ({
      name,
      truth,
      said: (await inspectInput(change)).facts[fact] !== false,
    })),
  );
  return {
    hits: judged.filter(({ truth, said }) => truth && said).length,
    misses: judged.filter(({ truth, said }) => truth && !said).map(({ name }) => name),
    falseAlarms: judged.filter(({ truth, said }) => !truth && said).map(({ name }) => name),
    rightlyQuiet: judged.filter(({ truth, said }) => !truth && !said).length,
  };
}

import type { Signature } from './signature.ts';

/** A name that a file offers to those who import it, with its signature where it has one. What a type holds is `Owner.member`. */
export interface Exported {
  readonly name: string;
  readonly line: number;
  readonly signature: Signature | null;
  /** True for a member that others must provide: a method of an interface, a property that must be filled in. */
  readonly asks?: boolean;
  /** True for a type that is another one under a further name: it holds what that one does. */
  readonly stands?: boolean;
  /** The type of a property as it is written, where that stands on its line. */
  readonly holds?: string;
  /** True where the name is there, yet not as something that is offered: that it goes breaks nobody. */
  readonly weak?: boolean;
}

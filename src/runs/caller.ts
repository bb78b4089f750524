/** Who asks: a token's owner. `person` is null for machines, which can never decide. */
export interface Caller {
  readonly tokenId: string;
  readonly name: string;
  readonly person: string | null;
  readonly scopes: readonly string[];
}

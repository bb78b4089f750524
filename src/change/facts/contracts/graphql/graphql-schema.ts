import type { Item } from '../../compare-items.ts';

/** What a schema promises (`offers`), and what it asks of callers (`demands`); the part before ` <- ` names whom it asks. */
export interface GraphqlSchema {
  readonly offers: readonly Item[];
  readonly demands: readonly Item[];
}

export const EMPTY_SCHEMA: GraphqlSchema = { offers: [], demands: [] };

/** Gathers offers and demands; a field is `Owner.field`, what is sent with it stands behind ` <- `. */
export function makeGraphqlSchema() {
  const offers: Item[] = [];
  const demands: Item[] = [];
  return {
    offers,
    demands,
    type: (owner: string, line: number) => offers.push({ key: owner, line, rule: 'graphql_type' }),
    field: (owner: string, name: string, line: number) =>
      offers.push({ key: `${owner}.${name}`, line, rule: 'graphql_field' }),
    value: (owner: string, name: string, line: number) =>
      offers.push({ key: `${owner}.${name}`, line, rule: 'graphql_value' }),
    demand: (to: string, name: string, line: number) =>
      demands.push({ key: `${to} <- ${name}`, line, rule: 'graphql_field' }),
    argument(to: string, name: string, line: number, required: boolean) {
      offers.push({ key: `${to}(${name})`, line, rule: 'graphql_argument' });
      if (required) demands.push({ key: `${to} <- ${name}`, line, rule: 'graphql_argument' });
    },
  };
}

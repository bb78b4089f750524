import { edits, type LabelledCase } from './labelled-case.ts';

const PACKAGE = { 'package.json': '{"name":"parcels","main":"index.js","types":"index.d.ts"}' };

const TYPES = `export type Source = 'default' | 'env' | 'cli';

export interface Sent {
  id: string;
  weight?: number;
  labels: string[];
}

export interface PrintOptions {
  format?: string;
}

export type ResolvedPrintOptions = {
  format: string;
};
`;

const APART = `declare class _Printer {
  print(label: string, twice?: boolean): void;
  stop(): void;
}

declare namespace Printer {
  export interface Handler {
    onStart?(label: string): void;
    onEnd?(): void;
  }
}

interface Inner {
  seen: number;
}

export { _Printer as Printer };
export default Printer;
`;

const apart = (part: string, instead: string): string => {
  if (!APART.includes(part)) throw new Error(`the text does not hold ${part}`);
  return APART.replace(part, instead);
};

const change = (part: string, instead: string): string => {
  if (!TYPES.includes(part)) throw new Error(`the text does not hold ${part}`);
  return TYPES.replace(part, instead);
};

/** What a package's types say and mean: other names for the same, and the same names for something else. */
export const TYPES_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'a list of texts takes any text from now on',
    false,
    'index.d.ts',
    TYPES,
    change("'default' | 'env' | 'cli'", "LiteralUnion<'default' | 'env' | 'cli', string> | undefined"),
    PACKAGE,
  ),
  edits(
    'an interface becomes a type that is joined with another one, which holds the rest',
    false,
    'index.d.ts',
    TYPES,
    change('export interface Sent {\n  id: string;', 'export type Sent = {').replace(
      'labels: string[];\n}',
      'labels: string[];\n} & Named;',
    ),
    PACKAGE,
  ),
  edits(
    'options after defaults are filled in hold one more',
    false,
    'index.d.ts',
    TYPES,
    change('  format: string;\n', '  format: string;\n  context: Record<string, unknown>;\n'),
    PACKAGE,
  ),
  edits(
    'a property may hold more',
    false,
    'index.d.ts',
    TYPES,
    change('weight?: number', 'weight?: number | string'),
    PACKAGE,
  ),
  edits('a property has its type by name', false, 'index.d.ts', TYPES, change('id: string', 'id: ParcelId'), PACKAGE),
  edits('a property is something else', true, 'index.d.ts', TYPES, change('id: string', 'id: number'), PACKAGE),
  edits(
    'an option is something else',
    true,
    'index.d.ts',
    TYPES,
    change('format?: string', 'format?: Intl.DateTimeFormatOptions'),
    PACKAGE,
  ),
  edits(
    'a method of a class that is exported apart takes less',
    true,
    'index.d.ts',
    APART,
    apart(', twice?: boolean', ''),
    PACKAGE,
  ),
  edits('what a namespace holds asks for less', true, 'index.d.ts', APART, apart('    onEnd?(): void;\n', ''), PACKAGE),
  edits(
    'a method that a namespace tells of is added',
    false,
    'index.d.ts',
    APART,
    apart('    onEnd?', '    onStop?(): void;\n    onEnd?'),
    PACKAGE,
  ),
  edits('what is declared and not exported', false, 'index.d.ts', APART, apart('  seen: number;\n', ''), PACKAGE),
  edits(
    'a method with types in types',
    false,
    'index.d.ts',
    TYPES.replace('  id: string;', '  id: string;\n  make<Entity>(plain?: Part<Entity>): Entity;'),
    TYPES.replace('  id: string;', '  id: string;\n  make<Entity, Like extends Part<Entity>>(plain?: Like): Entity;'),
    PACKAGE,
  ),
];

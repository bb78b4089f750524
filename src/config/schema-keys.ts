import { z } from 'zod';
import type { KeyPath } from './located-yaml.ts';
import { SlipwayFile } from './schema.ts';

/** The parts of a JSON schema that this room reads. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  /** One for each `kind`. */
  readonly oneOf?: readonly SchemaNode[];
}

const SchemaNodeShape: z.ZodType<SchemaNode> = z.lazy(() =>
  z.looseObject({
    type: z.string().exactOptional(),
    description: z.string().exactOptional(),
    enum: z.array(z.unknown()).exactOptional(),
    pattern: z.string().exactOptional(),
    format: z.string().exactOptional(),
    minimum: z.number().exactOptional(),
    maximum: z.number().exactOptional(),
    exclusiveMinimum: z.number().exactOptional(),
    exclusiveMaximum: z.number().exactOptional(),
    required: z.array(z.string()).exactOptional(),
    properties: z.record(z.string(), SchemaNodeShape).exactOptional(),
    additionalProperties: z.union([z.boolean(), SchemaNodeShape]).exactOptional(),
    items: SchemaNodeShape.exactOptional(),
    oneOf: z.array(SchemaNodeShape).exactOptional(),
  }),
);

let made: SchemaNode | undefined;

/** The file's schema as JSON schema draft 07, for what is written in the file (defaults optional). */
export function fileSchema(): SchemaNode {
  made ??= SchemaNodeShape.parse(z.toJSONSchema(SlipwayFile, { io: 'input', target: 'draft-07' }));
  return made;
}

/** The schemas of what may stand at `path`: none where nothing may, several where it depends on a `kind`. */
function schemasAt(path: KeyPath): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, step) => nodes.flatMap(variantsOf).flatMap((node) => childrenAt(node, step)),
    [fileSchema()],
  );
}

function variantsOf(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? [node];
}

function childrenAt(node: SchemaNode, step: string | number): SchemaNode[] {
  const extra = node.additionalProperties;
  const child =
    typeof step === 'number'
      ? node.items
      : (node.properties?.[step] ?? (typeof extra === 'object' ? extra : undefined));
  return child === undefined ? [] : [child];
}

/** The schema of what stands at `path`; undefined where nothing may stand. */
export function schemaAt(path: KeyPath): SchemaNode | undefined {
  return schemasAt(path)[0];
}

/** Keys that may stand in the object at `path`. */
export function keysAt(path: KeyPath): readonly string[] {
  const keys = schemasAt(path)
    .flatMap(variantsOf)
    .flatMap((node) => Object.keys(node.properties ?? {}));
  return [...new Set(keys)];
}

/** Dotted paths of the sections that know a key of this name, e.g. `model` → `orchestration.model`. */
export function homesOf(key: string): readonly string[] {
  const homes: string[] = [];
  const walk = (node: SchemaNode, path: readonly string[]) => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      if (name === key && path.length > 0) homes.push([...path, name].join('.'));
      walk(child, [...path, name]);
    }
    if (typeof node.additionalProperties === 'object') walk(node.additionalProperties, [...path, '<name>']);
    if (node.items !== undefined) walk(node.items, [...path, '[]']);
    for (const variant of node.oneOf ?? []) walk(variant, path);
  };
  walk(fileSchema(), []);
  return [...new Set(homes)];
}

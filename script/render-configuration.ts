import { MODEL_ENDS } from '../src/config/models.ts';
import { fileSchema, type SchemaNode } from '../src/config/schema-keys.ts';
import { VARIABLES } from '../src/config/variables.ts';

/** docs/configuration.md, whole, from the schema and the list of variables. */
export function renderConfiguration(): string {
  const schema = fileSchema();
  const sections = Object.entries(schema.properties ?? {});
  const scalars = sections.filter(([, node]) => !isSection(node));
  const parts = [
    HEAD,
    '## Top level\n',
    renderTable(Object.fromEntries(scalars), schema.required ?? []),
    ...sections.filter(([, node]) => isSection(node)).flatMap(([name, node]) => renderSection(name, node)),
    renderVariables(),
    TAIL,
    renderModels(),
  ];
  return `${parts
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function isSection(node: SchemaNode): boolean {
  return node.oneOf !== undefined || childrenOf(node) !== undefined;
}

/** The object a node holds: itself, each value of a map, each item of a list. */
function childrenOf(node: SchemaNode): { node: SchemaNode; suffix: string } | undefined {
  if (node.properties !== undefined) return { node, suffix: '' };
  if (typeof node.additionalProperties === 'object' && node.additionalProperties.properties !== undefined) {
    return { node: node.additionalProperties, suffix: '.<name>' };
  }
  return node.items?.properties === undefined ? undefined : { node: node.items, suffix: '[]' };
}

function renderSection(path: string, node: SchemaNode): string[] {
  if (node.oneOf !== undefined) return node.oneOf.flatMap((variant) => renderVariant(path, variant));
  const inner = childrenOf(node);
  if (inner === undefined) return [];
  return renderObject(`${path}${inner.suffix}`, '', inner.node, node.description);
}

function renderVariant(path: string, node: SchemaNode): string[] {
  return renderObject(path, ` with \`kind: ${String(node.properties?.['kind']?.const)}\``, node, node.description);
}

function renderObject(path: string, which: string, node: SchemaNode, description: string | undefined): string[] {
  const all = Object.entries(node.properties ?? {});
  const own = Object.fromEntries(all.filter(([, child]) => !isSection(child)));
  const nested = all.filter(([, child]) => isSection(child));
  return [
    `## \`${path}\`${which}\n`,
    description === undefined ? '' : `${description}\n`,
    renderTable(own, node.required ?? []),
    ...nested.flatMap(([child, childNode]) => renderSection(`${path}.${child}`, childNode)),
  ];
}

function renderTable(rows: Readonly<Record<string, SchemaNode>>, required: readonly string[]): string {
  if (Object.keys(rows).length === 0) return '';
  const lines = Object.entries(rows).map(([key, node]) => {
    const fallback = node.default === undefined ? (required.includes(key) ? '**required**' : '') : code(node.default);
    return `| \`${key}\` | ${typeOf(node)} | ${fallback} | ${escapeCell(node.description ?? fixedMeaning(node))} |`;
  });
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...lines, ''].join('\n');
}

function fixedMeaning(node: SchemaNode): string {
  return node.const === undefined ? '' : 'The only value there is; anything else is refused.';
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return code(node.const);
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`;
  if (node.type === 'object') return 'map';
  const bounds = [
    node.minimum === undefined || node.minimum <= Number.MIN_SAFE_INTEGER ? '' : `≥ ${node.minimum}`,
    node.exclusiveMinimum === undefined ? '' : `> ${node.exclusiveMinimum}`,
    node.maximum === undefined || node.maximum >= Number.MAX_SAFE_INTEGER ? '' : `≤ ${node.maximum}`,
    node.exclusiveMaximum === undefined ? '' : `< ${node.exclusiveMaximum}`,
  ].filter((bound) => bound !== '');
  const word =
    node.type === 'boolean' ? 'true or false' : node.type === 'integer' ? 'whole number' : (node.type ?? 'value');
  return [word, ...bounds].join(', ');
}

function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function renderVariables(): string {
  const rows = VARIABLES.map(({ name, secret, description }) => {
    const names = secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
    return `| ${names} | ${escapeCell(description)} |`;
  });
  return ['## Environment\n', ENVIRONMENT, '| variable | meaning |', '|---|---|', ...rows, ''].join('\n');
}

function renderModels(): string {
  const rows = MODEL_ENDS.map(({ model, endsOn, source }) => `| \`${model}\` | ${endsOn} | ${escapeCell(source)} |`);
  return [
    '## Models near their end\n',
    'Accepted with a warning.\n',
    '| model | ends on | source |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

const HEAD = `# Configuration

<!-- Generated by script/write-schemas.ts from src/config. Do not edit: change the schema and run \`npx tsx script/write-schemas.ts\`. -->

One file, \`slipway.yaml\`, and the environment. The file is found by \`--config\`, then \`SLIPWAY_CONFIG\`, then \`./slipway.yaml\`.
\`slipway config check\` reads both and lists everything that is wrong, with line and column; a misspelt key is refused, never
ignored. Start from [examples/slipway.yaml](../examples/slipway.yaml); the smaller
[examples/pipeline-config.yaml](../examples/pipeline-config.yaml) is accepted as it stands.

For completion in an editor, put this line at the top of the file:

\`\`\`yaml
# yaml-language-server: $schema=./slipway.schema.json
\`\`\`

Paths that start with \`./\` or \`../\`, and \`orchestration.prompts_dir\`, are relative to the file. The hash of the policy, which every entry of the
record carries, covers \`thresholds\`, \`audit\`, \`validation\`, \`escalation\`, \`services\` and \`people\`: the order of keys and comments do not
change it, any value does.
`;

const ENVIRONMENT = `Secrets and addresses come only from the environment, never from the file or the command line. A secret may also be the content of a
file that \`NAME_FILE\` names (mode 0600; a line break at the end is dropped); setting both is refused. An empty variable counts as unset.
`;

const TAIL = `## Validation keys

Each of them changes what happens, or is refused:

| key | effect |
|---|---|
| \`test_execution_required\` | \`false\` is refused: a generated test that was not run proves nothing. |
| \`max_retry_passes\` | How often a test that failed goes back to the model with its failure output. 0: the first failure is final. |
| \`fixture_validation\` | \`true\`: \`tests.collect_command\` loads a generated test (imports and fixtures) before it is run. |
`;

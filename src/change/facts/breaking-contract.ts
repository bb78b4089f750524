import type { DiffFile } from '../parse-diff.ts';
import { extractGraphql, extractProtobuf } from './api-definitions.ts';
import type { ChangeContext, Detected } from './change-context.ts';
import { compareLost, type ExtractItems, type ItemChange, type PlacedItem } from './compare-items.ts';
import { extractExports, findPublicEntries } from './exported-symbols.ts';
import { extensionOf, isSupportFile, isTestFile } from './file-kind.ts';
import { extractNestRoutes, extractNextRoutes } from './nest-next-routes.ts';
import { extractNodeRoutes } from './node-routes.ts';
import { looksLikeOpenApi, readApiDocument } from './openapi.ts';
import {
  extractCsharpRoutes,
  extractElixirRoutes,
  extractGoRoutes,
  extractJavaRoutes,
  extractPhpRoutes,
  extractPythonRoutes,
  extractRubyRoutes,
  extractRustRoutes,
} from './other-routes.ts';
import { splitRouteKey } from './route-key.ts';

const extractRoutes: ExtractItems = (path, code) => {
  switch (extensionOf(path)) {
    case 'js':
    case 'mjs':
    case 'cjs':
    case 'ts':
    case 'mts':
    case 'cts':
    case 'jsx':
    case 'tsx':
      return [...extractNodeRoutes(code), ...extractNestRoutes(code), ...extractNextRoutes(path, code)];
    case 'py':
      return extractPythonRoutes(code);
    case 'java':
    case 'kt':
      return extractJavaRoutes(code);
    case 'go':
      return extractGoRoutes(code);
    case 'rb':
      return extractRubyRoutes(path, code);
    case 'ex':
    case 'exs':
      return extractElixirRoutes(code);
    case 'php':
      return extractPhpRoutes(code);
    case 'cs':
      return extractCsharpRoutes(code);
    case 'rs':
      return extractRustRoutes(code);
    default:
      return [];
  }
};

/** A route is gone only when the head serves its path neither by that method nor by any. */
function lostRoutes(change: ItemChange): PlacedItem[] {
  const methods = new Map<string, Set<string>>();
  for (const item of change.head) {
    const { method, path } = splitRouteKey(item.key);
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  return change.removed.filter((item) => {
    const { method, path } = splitRouteKey(item.key);
    const served = methods.get(path);
    return served === undefined || !(served.has(method) || served.has('*') || method === '*');
  });
}

function isCode(file: DiffFile, path: string): boolean {
  return !file.binary && !isSupportFile(path);
}

async function compareDocuments(context: ChangeContext): Promise<{ broken: PlacedItem[]; unknown: string[] }> {
  const broken: PlacedItem[] = [];
  const unknown: string[] = [];
  for (const file of context.files) {
    if (
      file.binary ||
      file.status === 'added' ||
      /(?:^|\/)(?:fixtures|testdata|__fixtures__|examples?)\//.test(file.path)
    )
      continue;
    const before = await context.rawText(file, 'base');
    const basePath = file.previousPath ?? file.path;
    if (before === null || !looksLikeOpenApi(basePath, before)) continue;
    const after = await context.rawText(file, 'head');
    const whole = (await context.isWhole(file, 'base')) && (await context.isWhole(file, 'head'));
    const base = whole ? readApiDocument(basePath, before) : null;
    const head = after === null ? { offers: [], demands: [] } : whole ? readApiDocument(file.path, after) : null;
    if (base === null || head === null) {
      unknown.push(`${file.path}: this API description could not be read whole, so what it removes is not known`);
      continue;
    }
    const offered = new Set(head.offers.map((item) => item.key));
    const demanded = new Set(base.demands.map((item) => item.key));
    const operations = new Set(base.offers.filter((item) => item.rule === 'openapi_operation').map((item) => item.key));
    broken.push(...base.offers.filter((item) => !offered.has(item.key)).map((item) => ({ ...item, path: basePath })));
    // A demand of a new operation breaks nobody.
    broken.push(
      ...head.demands
        .filter((item) => !demanded.has(item.key) && operations.has(item.key.split(' <- ', 1)[0] ?? ''))
        .map((item) => ({ ...item, path: file.path })),
    );
  }
  return { broken, unknown };
}

/** `Type.field!`: an input that callers must now send. */
function newRequiredInputs(change: ItemChange, heads: ReadonlyMap<string, string>): PlacedItem[] {
  const known = new Set(change.base.map((item) => item.key));
  const lines = new Map([...heads].map(([path, text]) => [path, text.split('\n')]));
  return change.added.filter((item) => {
    if (item.rule !== 'graphql_field') return false;
    const [owner = '', rest = ''] = item.key.split('.', 2);
    const name = rest.split(':', 1)[0] ?? '';
    const line = lines.get(item.path)?.[item.line - 1] ?? '';
    return known.has(`input ${owner}`) && new RegExp(`\\b${name}\\s*:[^=]*!\\s*(?:@|$|,)`).test(line.trim());
  });
}

/**
 * Whether a promise to callers is broken: a route, operation, field or exported symbol of the base that the head no
 * longer offers, or something new that callers must send.
 */
export async function detectBreakingContract(context: ChangeContext): Promise<Detected> {
  const routes = lostRoutes(await compareLost(context, isCode, extractRoutes));

  const graphql = await compareLost(
    context,
    (file, path) => !file.binary && /\.(?:graphqls?|gql)$/i.test(path) && !isTestFile(path),
    extractGraphql,
  );
  const heads = new Map<string, string>();
  for (const file of context.files)
    if (/\.(?:graphqls?|gql)$/i.test(file.path)) heads.set(file.path, (await context.codeText(file, 'head')) ?? '');
  const protobuf = await compareLost(
    context,
    (file, path) => !file.binary && path.endsWith('.proto') && !isTestFile(path),
    extractProtobuf,
  );

  const entries = await findPublicEntries(context);
  const exported = await compareLost(context, (file) => entries.has(file), extractExports);
  const documents = await compareDocuments(context);

  const broken = [
    ...routes,
    ...graphql.removed,
    ...newRequiredInputs(graphql, heads),
    ...protobuf.removed,
    ...exported.removed,
    ...documents.broken,
  ];
  return { evidence: broken.map(({ path, line, rule }) => ({ path, line, rule })), unknown: documents.unknown };
}

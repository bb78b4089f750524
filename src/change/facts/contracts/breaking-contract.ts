import type { DiffFile } from '../../parse-diff.ts';
import type { ChangeContext, Detected } from '../change-context.ts';
import { compareItems, compareLost, type ExtractItems, type ItemChange, type PlacedItem } from '../compare-items.ts';
import { extensionOf, isSupportFile, isTestFile } from '../file-kind.ts';
import { compareDocuments } from './compare-documents.ts';
import { extractGraphqlDemands, extractGraphqlOffers } from './graphql/graphql.ts';
import { compareInterfaces } from './library/library-interface.ts';
import { comparePayloads } from './payloads/compare-payloads.ts';
import { extractProtobuf } from './protobuf.ts';
import { extractCsharpRoutes } from './routes/csharp-routes.ts';
import { extractElixirRoutes } from './routes/elixir-routes.ts';
import { extractGoRoutes } from './routes/go-routes.ts';
import { isGrape, readGrape } from './routes/grape-routes.ts';
import { extractJvmRoutes } from './routes/jvm-routes.ts';
import { extractFileRoutes, extractNestRoutes } from './routes/nest-next-routes.ts';
import { extractNodeRoutes } from './routes/node-routes.ts';
import { extractPythonRoutes, extractRustRoutes } from './routes/other-routes.ts';
import { extractPhpRoutes } from './routes/php-routes.ts';
import { splitRouteKey } from './routes/route-key.ts';
import { extractRubyRoutes } from './routes/ruby-routes.ts';
import { readViewActions } from './routes/view-methods.ts';

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
      return [...extractNodeRoutes(code), ...extractNestRoutes(code), ...extractFileRoutes(path, code)];
    case 'py':
      return [...extractPythonRoutes(code), ...readViewActions(code)];
    case 'java':
    case 'kt':
      return extractJvmRoutes(code);
    case 'go':
      return extractGoRoutes(code);
    case 'rb':
      return isGrape(code) ? readGrape(code).routes : extractRubyRoutes(path, code);
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

/** A route is gone when the head does not serve its path by that method, and did not begin to by any or by several. */
function lostRoutes(change: ItemChange): PlacedItem[] {
  const methods = new Map<string, Set<string>>();
  for (const item of change.added) {
    const { method, path } = splitRouteKey(item.key);
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  return change.removed.filter((item) => {
    const { method, path } = splitRouteKey(item.key);
    const begun = methods.get(path);
    return begun === undefined || !(begun.has('*') || method === '*');
  });
}

function isCode(file: DiffFile, path: string): boolean {
  return !file.binary && !isSupportFile(path);
}

const GRAPHQL = /\.(?:graphqls?|gql|[cm]?[jt]sx?|rb|py|ex)$/i;

function ownerOf(key: string): string {
  return /^[^.(]*/.exec(key)?.[0] ?? key;
}

/** Types, fields, arguments and values that are gone, and arguments or inputs that callers of what was there must now send. */
async function compareGraphql(context: ChangeContext): Promise<PlacedItem[]> {
  const select = (file: DiffFile, path: string) => !file.binary && GRAPHQL.test(path) && !isSupportFile(path);
  const offers = await compareLost(context, select, extractGraphqlOffers);
  if (offers.base.length === 0) return [];
  const demands = await compareItems(context, select, extractGraphqlDemands);
  const known = new Set(offers.base.map((item) => item.key));
  // An owner that is gone is named by itself where callers see it; what it held says no more.
  const owners = new Set(offers.head.map(({ key }) => ownerOf(key)));
  const lost = offers.removed.filter(({ key }) => !/[.(]/.test(key) || owners.has(ownerOf(key)));
  const asked = demands.added.filter(({ key }) => known.has(key.split(' <- ', 1)[0] ?? ''));
  return [...lost, ...asked];
}

/**
 * Whether a promise to callers is broken: a route, operation, field or exported symbol of the base that the head no
 * longer offers, or something new that callers must send.
 */
export async function detectBreakingContract(context: ChangeContext): Promise<Detected> {
  const routes = lostRoutes(await compareLost(context, isCode, extractRoutes));

  const graphql = await compareGraphql(context);
  const protobuf = await compareLost(
    context,
    (file, path) => !file.binary && path.endsWith('.proto') && !isTestFile(path),
    extractProtobuf,
  );

  const exported = await compareInterfaces(context);
  const documents = await compareDocuments(context);
  const payloads = await comparePayloads(context);

  const broken = [...routes, ...payloads, ...graphql, ...protobuf.removed, ...exported, ...documents.broken];
  return { evidence: broken.map(({ path, line, rule }) => ({ path, line, rule })), unknown: documents.unknown };
}

import { type Item, makeBlockEnds } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

/** A block whose routes are served below a path: where its body begins and ends. */
interface ScopedBlock {
  readonly at: number;
  readonly end: number;
  readonly path: string;
}

/** A route as it stands in its file, before what is around it puts a prefix to it. */
export interface WrittenRoute {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly line: number;
  readonly rule: string;
}

/** Deeper than anybody nests: what stands below adds nothing to a path. */
const MOST_BLOCKS = 40;

/** Blocks that open at the last character of each match, with their ends. */
export function blocksOf(
  code: string,
  found: readonly { readonly open: number; readonly path: string }[],
): ScopedBlock[] {
  const endOf = makeBlockEnds(code);
  return found.toSorted((a, b) => a.open - b.open).map(({ open, path }) => ({ at: open, end: endOf(open), path }));
}

/** The paths of all blocks around each of a row of ascending places, outermost first. */
function makePrefixAt(blocks: readonly ScopedBlock[]): (place: number) => string {
  const around: { end: number; prefix: string }[] = [];
  let next = 0;
  return (place) => {
    for (let block = blocks[next]; block !== undefined && block.at < place; block = blocks[next]) {
      while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= block.at) around.pop();
      const outer = around.at(-1)?.prefix ?? '';
      around.push({ end: block.end, prefix: around.length < MOST_BLOCKS ? `${outer}/${block.path}` : outer });
      next += 1;
    }
    while ((around.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= place) around.pop();
    return around.at(-1)?.prefix ?? '';
  };
}

/** Routes below the blocks that they stand in. */
export function scopeRoutes(routes: readonly WrittenRoute[], blocks: readonly ScopedBlock[]): Item[] {
  const prefixAt = makePrefixAt(blocks);
  return routes
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, method, path, line, rule }) => routeItem(method, `${prefixAt(at)}/${path}`, line, rule));
}

/** What a REST resource serves, by the names that frameworks give to its actions. */
const ACTIONS: Readonly<Record<string, readonly (readonly [method: string, path: string])[]>> = {
  index: [['GET', '']],
  create: [['GET', '/create']],
  store: [['POST', '']],
  show: [['GET', '/:p']],
  edit: [['GET', '/:p/edit']],
  update: [
    ['PUT', '/:p'],
    ['PATCH', '/:p'],
  ],
  destroy: [['DELETE', '/:p']],
};

/** Methods and paths of a resource's actions, so that one that is written out route by route is the same. */
export function actionRoutes(path: string, actions: readonly string[]): { method: string; path: string }[] {
  return actions.flatMap((action) =>
    (ACTIONS[action] ?? []).map(([method, below]) => ({ method, path: `${path}${below}` })),
  );
}

import type { Item } from '../../compare-items.ts';
import { routeItem } from './route-key.ts';

const PATH = `(?:["']([^"'\\n]{0,300})["']|:(\\w+))`;
const SPACE = new RegExp(`^(?:namespace|resources?|group|segment)[ (]+${PATH}`);
const PARAM_SPACE = /^route_param[ (]+:(\w+)/;
const PREFIX = new RegExp(`^(?:prefix|version)[ (]+${PATH}`);
const VERB = new RegExp(`^(get|post|put|patch|delete|head|options)\\b[ (]*(?:${PATH})?`);
const DEMAND = /^requires[ (]+((?::\w+,?\s*)+)/;
const OPENS = /\bdo(?:\s*\|[^|]*\|)?\s*$/;

/** A class of Grape's own, or of a project's base that is called after it: `< ::API::Base`. */
const GRAPE = /Grape::API|^[ \t]*class[ \t]+[\w:]+[ \t]*<[ \t]*(?:::)?(?:\w+::)*\w*API(?:::\w+)?[ \t]*$/m;

export function isGrape(code: string): boolean {
  return GRAPE.test(code);
}

export interface GrapeApi {
  readonly routes: readonly Item[];
  /** What callers must send: the route, ` <- ` and the name. */
  readonly demands: readonly Item[];
}

const NO_GRAPE_API: GrapeApi = { routes: [], demands: [] };

/** Routes of Grape below the blocks that they stand in, and what the `params` block before each asks for. */
export function readGrape(code: string): GrapeApi {
  if (!isGrape(code)) return NO_GRAPE_API;
  const routes: Item[] = [];
  const demands: Item[] = [];
  const blocks: { indent: number; prefix: string; params: boolean }[] = [];
  let asked: { name: string; line: number }[] = [];
  for (const [index, raw] of code.split('\n').entries()) {
    const text = raw.trim();
    if (text === '' || text === 'end') continue;
    const indent = raw.search(/\S/);
    while ((blocks.at(-1)?.indent ?? -1) >= indent) blocks.pop();
    const around = blocks.at(-1);
    const prefix = around?.prefix ?? '';
    const line = index + 1;
    const space = SPACE.exec(text);
    const inner = space !== null ? `/${space[1] ?? space[2] ?? ''}` : PARAM_SPACE.test(text) ? '/:p' : '';
    if (around?.params === true) {
      // What stands below an optional group or a condition is asked of some only.
      const names = blocks.filter(({ params }) => params).length === 1 ? (DEMAND.exec(text)?.[1] ?? '') : '';
      for (const name of names.matchAll(/\w+/g)) asked.push({ name: name[0], line });
      if (OPENS.test(text)) blocks.push({ indent, prefix, params: true });
      continue;
    }
    const put = PREFIX.exec(text);
    if (put !== null) routes.push(routeItem('mount', put[1] ?? put[2] ?? '', line, 'grape_route'));
    if (/^params\b/.test(text)) asked = [];
    const verb = VERB.exec(text);
    if (verb !== null && OPENS.test(text)) {
      const item = routeItem(verb[1] ?? '*', `${prefix}/${verb[2] ?? verb[3] ?? ''}`, line, 'grape_route');
      routes.push(item);
      for (const one of asked)
        demands.push({ key: `${item.key} <- ${one.name}`, line: one.line, rule: 'handler_parameter_required' });
      asked = [];
    }
    if (OPENS.test(text)) blocks.push({ indent, prefix: `${prefix}${inner}`, params: /^params\b/.test(text) });
  }
  return { routes, demands };
}

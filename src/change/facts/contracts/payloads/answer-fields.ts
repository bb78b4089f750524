import { endOfBracket, findCalls, type Item, makeLineCounter } from '../../compare-items.ts';

const RULE = 'transfer_field';

const RUBY_CLASS = /^[ \t]*class[ \t]+([\w:]+)(?:[ \t]*<[ \t]*([\w:.]+))?/;
const RUBY_SERIALIZER = /(?:Serializer|Entity|Blueprint|Resource|Representer|Presenter)\b|Grape::Entity/;
const RUBY_FIELDS =
  /^[ \t]*(?:attributes?|expose|exposes?|fields?|identifier|has_many|has_one|belongs_to|association|property|collection)[ (]+((?::\w+[?!]?|["'][\w-]+["'])(?:\s*,\s*(?::\w+[?!]?|["'][\w-]+["'])(?!\s*=>))*)([^\n]*)/;
const MAX_JOINED = 40;

/** Serializers of Ruby: ActiveModel, JSON:API, Blueprinter, Alba, Grape's entities. */
function readRuby(code: string): Item[] {
  const items: Item[] = [];
  let owner = '';
  const lines = code.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [found, name = '', base = ''] = RUBY_CLASS.exec(line) ?? [];
    if (found !== undefined) owner = RUBY_SERIALIZER.test(`${name} ${base}`) ? name : '';
    if (owner === '' || found !== undefined) continue;
    let text = line;
    const at = index;
    while (/,\s*$/.test(text) && index - at < MAX_JOINED) text += ` ${lines[((index += 1))] ?? ''}`;
    const [, names, options = ''] = RUBY_FIELDS.exec(text) ?? [];
    if (names === undefined) continue;
    const as = /\b(?:as|key|name):\s*:?["']?(\w+)/.exec(options)?.[1];
    for (const one of as === undefined ? names.matchAll(/[\w-]+/g) : [[as]])
      items.push({ key: `${owner}.${one[0]}`, line: at + 1, rule: RULE });
  }
  return items;
}

const JBUILDER =
  /^([ \t]*)json\.(?:(extract!)[ (]+[\w@.]+,\s*([^\n]*)|(?:set!|attributes!)\s*:?["']?(\w+)|(\w+)\b(?!!))/gm;
const INNER_NAMES = new Set(['array', 'partial', 'merge', 'cache', 'ignore_nil', 'key_format']);

/** What a jbuilder template writes; its file is the answer. */
function readJbuilder(path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(JBUILDER)].flatMap((match) => {
    const names =
      match[2] === undefined
        ? [match[4] ?? match[5] ?? '']
        : [...(match[3] ?? '').matchAll(/:(\w+)/g)].map((one) => one[1] ?? '');
    return names
      .filter((name) => name !== '' && !INNER_NAMES.has(name))
      .map((name) => ({ key: `${path.replaceAll('.', '|')}.${name}`, line: lineAt(match.index), rule: RULE }));
  });
}

const PHP_RESOURCE = /\bclass\s+(\w+)\s+extends\s+\w*(?:Resource|Transformer|ResourceCollection)\b/;
const PHP_REQUEST = /\bclass\s+(\w+)\s+extends\s+\w*Request\b/;
const PHP_ANSWER = /\bfunction\s+(?:toArray|toAttributes|transform)\s*\([^)]*\)[^{;]{0,60}\{/g;
const PHP_RULES = /\bfunction\s+rules\s*\([^)]*\)[^{;]{0,60}\{/g;
const PHP_KEY = /["'](\w+)["']\s*=>/g;
const PHP_RULE = /["']([\w.*]+)["']\s*=>\s*(\[[^\]]*\]|["'][^"'\n]*["'])/g;

/** Keys of an array at its first level: what stands in further brackets belongs to those. */
function firstLevel(body: string): string {
  const open = body.indexOf('[');
  if (open < 0) return '';
  let list = body.slice(open + 1, endOfBracket(body, open, body.length) - 1);
  for (let at = list.search(/[[({]/); at >= 0; ) {
    const end = endOfBracket(list, at, list.length);
    list = list.slice(0, at) + list.slice(at, end).replace(/[^\n]/g, ' ') + list.slice(end);
    const next = list.slice(end).search(/[[({]/);
    at = next < 0 ? -1 : end + next;
  }
  return list;
}

/** Resources of Laravel and transformers of Fractal. */
function readPhp(code: string): Item[] {
  const owner = PHP_RESOURCE.exec(code)?.[1];
  if (owner === undefined) return [];
  const lineAt = makeLineCounter(code);
  return findCalls(code, PHP_ANSWER).flatMap(({ match, end }) => {
    const from = match.index + match[0].length;
    const list = firstLevel(code.slice(from, end));
    const start = code.indexOf('[', from) + 1;
    return [...list.matchAll(PHP_KEY)].map((key) => ({
      key: `${owner}.${key[1] ?? ''}`,
      line: lineAt(start + key.index),
      rule: RULE,
    }));
  });
}

/** What a form request of Laravel asks for at its first level. */
export function readPhpDemands(code: string): Item[] {
  const owner = PHP_REQUEST.exec(code)?.[1];
  if (owner === undefined) return [];
  const lineAt = makeLineCounter(code);
  return findCalls(code, PHP_RULES).flatMap(({ match, end }) => {
    const from = match.index + match[0].length;
    return [...code.slice(from, end).matchAll(PHP_RULE)]
      .filter((rule) => /(?:^|["'|\s[])required(?:["'|]|$)/.test(rule[2] ?? ''))
      .map((rule) => ({
        key: `${owner}.${(rule[1] ?? '').replaceAll('.', '|')}`,
        line: lineAt(from + rule.index),
        rule: 'transfer_field_required',
      }));
  });
}

/** That a form request stands at all: one that is new asks nothing of those who called before. */
export function readPhpRequests(code: string): Item[] {
  const owner = PHP_REQUEST.exec(code)?.[1];
  return owner === undefined ? [] : [{ key: `${owner}.`, line: 1, rule: 'transfer_field' }];
}

const ELIXIR_VIEW = /^defmodule\s+[\w.]*?(\w+(?:JSON|View))\s+do/m;
const ELIXIR_MAP = /%\{/g;
const ELIXIR_KEY = /(?:^|[{,])\s*(?:(\w+):\s|"(\w+)"\s*=>)/g;

/** Views of Phoenix that answer with JSON: keys of the maps they write. */
function readElixir(code: string): Item[] {
  const owner = ELIXIR_VIEW.exec(code)?.[1];
  if (owner === undefined) return [];
  const lineAt = makeLineCounter(code);
  return findCalls(code, ELIXIR_MAP).flatMap(({ match, end }) => {
    // A map that takes something apart stands among parameters.
    if (/\bdefp?\s[^\n]*$/.test(code.slice(code.lastIndexOf('\n', match.index), match.index))) return [];
    const body = code.slice(match.index + 1, end);
    return [...body.matchAll(ELIXIR_KEY)].map((key) => ({
      key: `${owner}.${key[1] ?? key[2] ?? ''}`,
      line: lineAt(match.index + 1 + key.index + key[0].search(/\w/)),
      rule: RULE,
    }));
  });
}

/** Fields of answers as the serializers of Rails, Grape, Laravel and Phoenix write them. */
export function readAnswerFields(path: string, code: string): Item[] {
  if (path.endsWith('.jbuilder')) return readJbuilder(path, code);
  if (path.endsWith('.rb')) return RUBY_SERIALIZER.test(code) ? readRuby(code) : [];
  if (path.endsWith('.php')) return readPhp(code);
  return path.endsWith('.ex') ? readElixir(code) : [];
}

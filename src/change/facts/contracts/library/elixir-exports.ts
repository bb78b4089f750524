import { findCalls, makeLineCounter } from '../../compare-items.ts';
import type { Exported } from './exported.ts';
import { splitAtCommas } from './signature.ts';

const MODULE = /^[ \t]*defmodule[ \t]+([\w.]+)[ \t]+do\b/gm;
const FUNCTION = /^[ \t]*(?:def|defmacro|defdelegate|defguard)[ \t]+(\w+[?!]?)[ \t]*(\()?/gm;

/** What an Elixir file offers: modules and public functions by name and number of arguments; what is hidden from the documents is left out. */
export function readElixirExports(code: string): Exported[] {
  const lineAt = makeLineCounter(code);
  const modules = [...code.matchAll(MODULE)];
  const items: Exported[] = [];
  const seen = new Set<string>();
  const isHidden = (index: number) =>
    /@moduledoc[ \t]+false/.test(code.slice(index, modules.find((one) => one.index > index)?.index ?? code.length));
  const add = (name: string, index: number) => {
    if (seen.has(name)) return;
    seen.add(name);
    items.push({ name, line: lineAt(index), signature: null });
  };
  for (const match of modules) if (!isHidden(match.index)) add(match[1] ?? '', match.index);
  for (const { match, end } of findCalls(code, FUNCTION)) {
    const module = modules.findLast((one) => one.index < match.index);
    if (module === undefined || isHidden(module.index)) continue;
    const [whole, name = '', bracket] = match;
    const before = code.slice(Math.max(0, match.index - 400), match.index);
    if (/@(?:doc[ \t]+false|impl\b)[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*$/.test(before)) continue;
    const parts = bracket === undefined ? [] : splitAtCommas(code.slice(match.index + whole.length, end - 1));
    const fewest = parts.filter((part) => !part.includes('\\\\')).length;
    for (let arity = fewest; arity <= parts.length; arity += 1)
      add(`${module[1] ?? ''}.${name}/${arity}`, match.index + whole.search(/\S/));
  }
  return items;
}

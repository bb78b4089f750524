import type { DiffFile } from '../../../parse-diff.ts';
import type { ChangeContext } from '../../change-context.ts';
import type { PlacedItem } from '../../compare-items.ts';
import { isSupportFile } from '../../file-kind.ts';

type Fields = Readonly<Record<string, unknown>>;

const RULE = 'package_entry';
/** Conditions of `exports` under which Node picks a target for `require`, in any order. */
const FOR_REQUIRE = new Set(['require', 'node', 'default']);

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A manifest that is published; null for a private one and for one that cannot be read. */
function parseManifest(text: string): Fields | null {
  try {
    const manifest: unknown = JSON.parse(text);
    return isFields(manifest) && manifest['private'] !== true && typeof manifest['name'] === 'string' ? manifest : null;
  } catch {
    return null;
  }
}

/** The entries below `exports`; `.` alone where it names one target or only conditions. */
function entriesOf(exports: unknown): Map<string, unknown> {
  if (!isFields(exports)) return new Map([['.', exports]]);
  const keys = Object.keys(exports);
  return keys.every((key) => key.startsWith('.')) ? new Map(Object.entries(exports)) : new Map([['.', exports]]);
}

function isCommonJs(target: string, type: unknown): boolean {
  return target.endsWith('.cjs') || (type !== 'module' && !target.endsWith('.mjs'));
}

/** Whether `require` reaches a CommonJS file here. A target of conditions is one if any of those for `require` is. */
function leadsToCommonJs(target: unknown, type: unknown): boolean {
  if (typeof target === 'string') return isCommonJs(target, type);
  if (Array.isArray(target)) return target.some((one) => leadsToCommonJs(one, type));
  if (!isFields(target)) return false;
  return Object.entries(target).some(
    ([condition, inner]) => FOR_REQUIRE.has(condition) && leadsToCommonJs(inner, type),
  );
}

function canBeRequired(manifest: Fields): boolean {
  const { exports, main, type } = manifest;
  if (exports !== undefined) return leadsToCommonJs(entriesOf(exports).get('.'), type);
  return isCommonJs(typeof main === 'string' ? main : 'index.js', type);
}

function covers(entries: ReadonlyMap<string, unknown>, entry: string): boolean {
  return [...entries.keys()].some((key) => {
    const [before = '', after] = key.split('*');
    return after === undefined ? key === entry : entry.startsWith(before) && entry.endsWith(after);
  });
}

function commandsOf({ bin, name }: Fields): string[] {
  if (typeof bin === 'string' && typeof name === 'string') return [name.slice(name.lastIndexOf('/') + 1)];
  return isFields(bin) ? Object.keys(bin) : [];
}

/** Fields of the base's manifest under which something was offered that the head does not offer. */
function lostFields(base: Fields, head: Fields): string[] {
  const lost: string[] = [];
  if (base['exports'] !== undefined && head['exports'] !== undefined) {
    const [before, after] = [entriesOf(base['exports']), entriesOf(head['exports'])];
    if ([...before.keys()].some((entry) => entry !== './package.json' && !covers(after, entry))) lost.push('exports');
  }
  if (canBeRequired(base) && !canBeRequired(head)) lost.push('main');
  const commands = new Set(commandsOf(head));
  if (commandsOf(base).some((command) => !commands.has(command))) lost.push('bin');
  return lost;
}

/** The line in the base that says so; where `main` was left to its default, the first. */
function lineOf(text: string, field: string): number {
  const names = field === 'main' ? ['exports', 'main'] : [field];
  const at = names.map((name) => text.search(new RegExp(`^[ \\t]*"${name}"[ \\t]*:`, 'm'))).find((index) => index >= 0);
  return at === undefined ? 1 : text.slice(0, at).split('\n').length;
}

async function readSides(context: ChangeContext, file: DiffFile): Promise<{ base: string; head: string } | null> {
  if (!(await context.isWhole(file, 'base')) || !(await context.isWhole(file, 'head'))) return null;
  const [base, head] = [await context.rawText(file, 'base'), await context.rawText(file, 'head')];
  return base === null || head === null ? null : { base, head };
}

/**
 * What a published npm package's manifest no longer lets its users do: import an entry below `exports`, load the package
 * by `require`, or run a command. A package that becomes ES modules alone breaks everybody who requires it.
 */
export async function comparePackageEntries(context: ChangeContext): Promise<PlacedItem[]> {
  const broken: PlacedItem[] = [];
  for (const file of context.files) {
    if (!/(?:^|\/)package\.json$/.test(file.path) || file.status !== 'modified' || isSupportFile(file.path)) continue;
    const sides = await readSides(context, file);
    const base = sides === null ? null : parseManifest(sides.base);
    const head = sides === null ? null : parseManifest(sides.head);
    if (sides === null || base === null || head === null) continue;
    for (const field of lostFields(base, head))
      broken.push({ key: `${RULE} ${field}`, path: file.path, line: lineOf(sides.base, field), rule: RULE });
  }
  return broken;
}

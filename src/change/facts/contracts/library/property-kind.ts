import { splitAtCommas } from './signature.ts';

const PLAIN = new Set(['string', 'number', 'boolean', 'bigint', 'symbol']);
const NOTHING = /^(?:undefined|null|void|never)$/;
const BUILT_IN = /^(Date|Map|Set|RegExp|URL|Buffer|Uint8Array|ArrayBuffer|Promise|Intl\.\w+)\b(?:<.*>)?$/;

function kindOf(part: string): string | null {
  if (PLAIN.has(part)) return part;
  if (/^["'`]/.test(part)) return 'string';
  if (/^-?\d/.test(part)) return 'number';
  if (part === 'true' || part === 'false') return 'boolean';
  if (/^(?:readonly )?[\w.]+\[\]$|^(?:Readonly)?Array<.*>$/.test(part)) return 'list';
  if (/^\{.*\}$|^Record<.*>$/.test(part)) return 'object';
  return BUILT_IN.exec(part)?.[1] ?? null;
}

/** What values of a type are, where its text alone says it; null where it names a type that is written elsewhere. */
function kindsOf(type: string): ReadonlySet<string> | null {
  const kinds = new Set<string>();
  // A bar inside angle brackets belongs to what stands in them.
  for (const raw of splitAtCommas(type.replace(/\|(?![^<]*>)/g, ','), true)) {
    const part = raw.trim();
    if (NOTHING.test(part)) continue;
    const kind = kindOf(part);
    if (kind === null) return null;
    kinds.add(kind);
  }
  return kinds.size === 0 ? null : kinds;
}

/** Whether nothing that a property held before is of a kind that it may hold now. */
export function holdsOther(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  const was = kindsOf(before);
  const is = was === null ? null : kindsOf(after);
  return was !== null && is !== null && ![...was].some((kind) => is.has(kind));
}

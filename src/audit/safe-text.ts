import { isPlainObject, MAX_DEPTH } from './canonical-json.ts';

/**
 * What may not stand in the record as it is: control characters (of them text needs only tab and line feed), characters
 * that reorder text on screen, and halves of surrogate pairs, which have no UTF-8 form.
 */
const UNSAFE_TEXT = /[^\P{Cc}\t\n]|[\p{Cs}\p{Bidi_Control}]/gu;
/** Identifiers are one line: no line break of any kind has a place in them either. */
const UNSAFE_IDENTIFIER = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Nearly all text is this, and matching it costs a tenth of asking for classes of characters. */
const PLAIN_TEXT = /^[\t\n\x20-\x7e]*$/;
const PLAIN_IDENTIFIER = /^[\x20-\x7e]*$/;

const REPLACEMENT = '\ufffd';

/** Free text with everything unsafe replaced by U+FFFD; the same string where there is nothing to replace. */
export function sanitiseText(text: string): string {
  return PLAIN_TEXT.test(text) ? text : text.replace(UNSAFE_TEXT, REPLACEMENT);
}

export function isSafeIdentifier(text: string): boolean {
  return PLAIN_IDENTIFIER.test(text) || !UNSAFE_IDENTIFIER.test(text);
}

/** Shown as nothing: what Unicode lets a screen leave out, marks and spaces of every kind, and the blank pattern of Braille. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** How much of a text can be seen, in UTF-16 units: a reason of blanks, whichever, is none. */
export function countSeen(text: string): number {
  return text.replace(UNSEEN, '').length;
}

/** At most `limit` UTF-16 units; what is cut ends in an ellipsis, never in half a character. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit - 1);
  const last = head.charCodeAt(head.length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${splitsPair ? head.slice(0, -1) : head}\u2026`;
}

/**
 * A JSON value with every string in it sanitised, names too. Two names that become one get another U+FFFD, so that no
 * member is lost; `__proto__` is renamed, because parsers drop it without a word. What is no JSON value, or too deep, is
 * left as it stands for {@link canonicalJson} to refuse.
 */
export function sanitiseJson(value: unknown): { readonly value: unknown; readonly changed: boolean } {
  let changed = false;

  function clean(part: unknown, depth: number): unknown {
    if (typeof part === 'string') return cleanText(part);
    // Its canonical text says 0, and the entry in hand must say what its text says.
    if (part === 0) return 0;
    if (depth > MAX_DEPTH || typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map((item) => clean(item, depth + 1));
    if (!isPlainObject(part)) return part;
    const members: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(part)) {
      members[freeName(members, cleanName(name))] = clean(member, depth + 1);
    }
    return members;
  }

  function cleanText(text: string): string {
    const safe = sanitiseText(text);
    if (safe !== text) changed = true;
    return safe;
  }

  function cleanName(name: string): string {
    if (name !== '__proto__') return cleanText(name);
    changed = true;
    return `${name}${REPLACEMENT}`;
  }

  return { value: clean(value, 0), changed };
}

function freeName(taken: object, name: string): string {
  let free = name;
  while (Object.hasOwn(taken, free)) free += REPLACEMENT;
  return free;
}

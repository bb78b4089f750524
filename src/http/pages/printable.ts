/**
 * Characters that can make text look like something else: control characters (ANSI escapes begin with one), bidi
 * controls, zero-width and invisible ones, tag characters, line separators, lone surrogates. Escaping HTML is not
 * enough against them.
 */
const DECEPTIVE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu;

/** Text as it may be shown: deceptive characters appear by their code point. Tab and newline stay; HTML is escaped by the renderer. */
export function printable(text: string): string {
  return text.replace(DECEPTIVE, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${hex}›`;
  });
}

/** The same for what must stay on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\r\n\t]+/g, ' ⏎ '));
}

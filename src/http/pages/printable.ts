/**
 * Characters that can make text look like something else: control characters (ANSI escapes begin with one), bidi
 * controls, invisible ones, line separators, lone surrogates. Escaping HTML is not enough against them. Tab and newline
 * stay, and the joiners that scripts and emoji need.
 */
const DECEPTIVE = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

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

/**
 * Text from elsewhere (titles, rationales) as one harmless line: without escape sequences, control characters, line breaks
 * and the marks that reverse the reading direction, any of which could forge what a terminal or a log shows.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** At most `width` characters, the cut marked. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

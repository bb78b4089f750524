/**
 * At most `maxBytes` of UTF-8: the beginning and, more generously, the end, because a test run says what is wrong at
 * its end. What was left out is named, so that nobody takes the rest for the whole.
 */
export function shorten(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const mark = `\n[… ${bytes.length - maxBytes} bytes and this line left out …]\n`;
  const room = Math.max(0, maxBytes - Buffer.byteLength(mark));
  const head = Math.floor(room / 3);
  return `${wholeCharacters(bytes.subarray(0, head))}${mark}${wholeCharacters(bytes.subarray(bytes.length - (room - head)))}`;
}

/** Drops the pieces of a character that was cut at either end. */
function wholeCharacters(bytes: Buffer): string {
  return bytes.toString().replace(/^\uFFFD+|\uFFFD+$/g, '');
}

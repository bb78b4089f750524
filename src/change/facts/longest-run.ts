const TOKEN_CHAR = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-')
  TOKEN_CHAR[char.charCodeAt(0)] = 1;
const [ZERO, NINE] = [48, 57];

/**
 * The longest run of characters that keys and encoded text are made of (`[\w+/-]`), and the longest of those that hold a
 * digit. One pass without a pattern, because it settles most lines of a large change.
 */
export function longestRun(text: string): { any: number; withDigit: number } {
  let any = 0;
  let withDigit = 0;
  let start = 0;
  let digit = false;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    if (TOKEN_CHAR[code] === 1) {
      digit ||= code >= ZERO && code <= NINE;
      continue;
    }
    const length = at - start;
    if (length > any) any = length;
    if (digit && length > withDigit) withDigit = length;
    start = at + 1;
    digit = false;
  }
  return { any, withDigit };
}

const TEXT_OID = 25;
const HEADER_BYTES = 20;

/**
 * A `text[]` in the binary form of the protocol (array_recv): pg sends a Buffer as it is. The form as text must escape every
 * quote of every element, and JSON is full of them; the server then takes it apart character by character.
 */
export function encodeTextArray(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + size, HEADER_BYTES));
  // Dimensions (an empty array has none), no nulls among them, type of the elements; then length and lower bound.
  bytes.writeInt32BE(texts.length === 0 ? 0 : 1, 0);
  bytes.writeInt32BE(0, 4);
  bytes.writeInt32BE(TEXT_OID, 8);
  bytes.writeInt32BE(texts.length, 12);
  bytes.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const [index, text] of texts.entries()) {
    at = bytes.writeInt32BE(sizes[index] ?? 0, at);
    at += bytes.write(text, at);
  }
  return texts.length === 0 ? bytes.subarray(0, 12) : bytes;
}

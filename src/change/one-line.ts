/** Outside text (git's words, file names) as one line without control characters, fit for a message or a record. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}

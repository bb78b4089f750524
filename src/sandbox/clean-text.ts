const ANSI = /(?![\t\n])\p{Cc}\[[0-9;?]*[ -/]*[@-~]/gu;
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}]/gu;

/**
 * Text of untrusted code without terminal sequences, controls, invisible and bidirectional marks and lone surrogates:
 * what is left can be stored, shown and sent.
 */
export function cleanText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(ANSI, '').replaceAll(UNPRINTABLE, '');
}

import { digestOf } from '../ids.ts';
import type { FindingCategory } from './finding.ts';

/**
 * Names a problem across pushes: category, path, the symbol around it and the code itself with its white space evened
 * out. No line number and no prose, so that it survives code moving and a model choosing other words.
 */
export function fingerprintOf(finding: {
  readonly category: FindingCategory;
  readonly path: string;
  readonly symbol: string;
  readonly quote: string;
}): string {
  const { category, path, symbol, quote } = finding;
  return digestOf([category, path, even(symbol), even(quote)].join('\0'));
}

function even(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

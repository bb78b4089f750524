import type { RunDetail } from '../http/api/schemas.ts';
import { printable, shorten } from './printable.ts';

/** Of a statement or an output: what failed stands in its first lines, and all of it on the page and on the record. */
const LINES = 8;
const WIDTH = 160;

/** Why people are asked, or why staging let nothing through: each reason with the first lines of what was seen. */
export function formatWhy({ escalations, entries, run }: Pick<RunDetail, 'escalations' | 'entries' | 'run'>): string {
  const open = escalations.find(({ decision }) => decision === null);
  if (open !== undefined) return open.package.reasons.map(({ code, text }) => describe(code, text)).join('');
  const rejected = entries.findLast(({ entry }) => entry.event === 'staging_rejection');
  if (run.outcome !== 'blocked' || rejected === undefined) return '';
  return describe(rejected.entry.outcome, rejected.entry.rationale);
}

function describe(code: string, text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const shown = lines.slice(0, LINES).map((line) => shorten(printable(line), WIDTH));
  const more = lines.length - shown.length;
  const all = more === 0 ? shown : [...shown, `… ${more} more lines on its page`];
  return all.map((line, index) => `  ${index === 0 ? `${printable(code)}: ` : '  '}${line}\n`).join('');
}

import type { Inspection } from '../change/change.ts';
import type { ManifestEntry } from '../change/coverage-manifest.ts';
import { printable } from './printable.ts';

/** What `slipway inspect` prints. */
export interface InspectReport extends Pick<Inspection, 'facts' | 'change_type' | 'evidence' | 'problems'> {
  readonly manifest: readonly ManifestEntry[];
}

const SHOWN = 20;

function some(lines: readonly string[]): string {
  const more = lines.length > SHOWN ? [`  … and ${lines.length - SHOWN} more (--json lists all)`] : [];
  return [...lines.slice(0, SHOWN).map((line) => `  ${printable(line)}`), ...more, ''].join('\n');
}

/** The report for people: every fact, then what it rests on. */
export function formatInspection(report: InspectReport): string {
  const facts = Object.entries(report.facts).map(
    ([name, value]) => `${name.padEnd(28)}${value === null ? 'unknown' : value ? 'yes' : 'no'}\n`,
  );
  const evidence = report.evidence.map(
    ({ fact, path, line, rule }) => `${fact}: ${path}${line === null ? '' : `:${line}`} (${rule})`,
  );
  const unread = report.manifest.filter((entry) => entry.status !== 'full');
  return [
    `change type: ${report.change_type}, ${report.manifest.length} changed file${report.manifest.length === 1 ? '' : 's'}\n\n`,
    ...facts,
    ...(evidence.length === 0 ? [] : ['\nevidence\n', some(evidence)]),
    ...(unread.length === 0
      ? []
      : ['\nnot read whole\n', some(unread.map(({ path, status, reason }) => `${path}: ${status} (${reason ?? ''})`))]),
    ...(report.problems.length === 0 ? [] : ['\nproblems\n', some(report.problems)]),
  ].join('');
}

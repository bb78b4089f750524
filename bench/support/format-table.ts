import { round } from './statistics.ts';
import type { SuiteResult } from './suite.ts';

/** A suite's figures as a Markdown table: one line a figure, one column a case, so that it stays readable. */
export function formatTable({ suite, rows }: SuiteResult): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => name !== 'case');
  const cell = (value: number | string | undefined) =>
    value === undefined ? '–' : typeof value === 'number' ? String(round(value)) : value;
  const lines = [
    ['', ...rows.map((row) => row.case)],
    rows.length === 0 ? ['---'] : ['---', ...rows.map(() => '---:')],
    ...names.map((name) => [name, ...rows.map((row) => cell(row[name]))]),
  ];
  return [`### ${suite}`, '', ...lines.map((line) => `| ${line.join(' | ')} |`), ''].join('\n');
}

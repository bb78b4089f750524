import { printable } from './printable.ts';

/** Columns as wide as their longest cell, two spaces between; ends with a line break. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...all.map((row) => Array.from(row[column] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell + pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function pad(cell: string, width: number): string {
  return ' '.repeat(Math.max(0, width - Array.from(cell).length));
}

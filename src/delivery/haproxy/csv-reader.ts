/** Reads HAProxy's CSV: the row that has these values, then its cells by column. @throws when there is no such row. */
export function makeCsvReader(text: string): (where: Readonly<Record<string, string>>) => (column: string) => string {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const names = header.replace(/^# /, '').split(',');
  const rows = lines.map((line) => line.split(','));
  return (where) => {
    const wanted = Object.entries(where);
    const row = rows.find((cells) => wanted.every(([column, value]) => cells[names.indexOf(column)] === value));
    if (row === undefined) throw new Error(`HAProxy shows no ${wanted.map((pair) => pair.join(' ')).join(', ')}`);
    return (column) => row[names.indexOf(column)] ?? '';
  };
}

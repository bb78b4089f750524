const WIDTH = 120;

/** JSON as the formatter of this repository leaves it: two spaces, lists on one line where they fit. Ends with a line break. */
export function formatJson(value: unknown): string {
  return `${print(value, '', 0)}\n`;
}

/** `used`: what already stands on the line before the value. */
function print(value: unknown, indent: string, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const flat = value.every((item) => typeof item !== 'object' || item === null);
    // One more for the comma that may follow.
    if (flat && used + line.length + 1 <= WIDTH) return line;
    return `[\n${value.map((item) => deeper + print(item, deeper, deeper.length)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => {
    const head = `${deeper}${JSON.stringify(key)}: `;
    return head + print(item, deeper, head.length);
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Reads a manifest's text: each name with what is written for it. It throws where the text cannot be parsed. */
export type ManifestReader = (text: string) => Map<string, string>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): Record<string, unknown> {
  // Windows' editors begin a file with the mark of its byte order.
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  return isRecord(value) ? value : {};
}

/** The named sections of a JSON manifest. */
export function jsonSections(sections: readonly string[]): ManifestReader {
  return (text) => {
    const root = parseJson(text);
    const found = new Map<string, string>();
    for (const section of sections) {
      const entries = root[section];
      if (isRecord(entries))
        for (const [name, value] of Object.entries(entries))
          found.set(`${name}`, `${found.get(name) ?? ''}${section}:${JSON.stringify(value)}`);
      else if (entries !== undefined) found.set(`(${section})`, JSON.stringify(entries));
    }
    return found;
  };
}

/** What a pattern finds: its first group is the name, its second what is said of it. */
export function byPattern(pattern: RegExp): ManifestReader {
  return (text) => {
    const found = new Map<string, string>();
    for (const match of text.matchAll(pattern)) {
      const name = (match[1] ?? '').trim();
      if (name !== '') found.set(name, `${found.get(name) ?? ''}${(match[2] ?? '').trim()};`);
    }
    return found;
  };
}

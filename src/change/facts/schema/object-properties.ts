import { endOfValue } from './program-options.ts';

/** One property of an object in code: its name, and where its value stands in the text. */
export interface ObjectProperty {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const PROPERTY = /(?:^|[{,\n])[ \t]*["']?([\w$]+)["']?[ \t]*:[ \t]*(?=[\w{["'])/g;

/** The properties of the objects in a text; what stands within a property's value belongs to that one. */
export function propertiesOf(text: string): ObjectProperty[] {
  const found: ObjectProperty[] = [];
  let consumed = 0;
  for (const match of text.matchAll(PROPERTY)) {
    if (match.index < consumed) continue;
    const start = match.index + match[0].length;
    const end = endOfValue(text, start);
    consumed = end;
    found.push({ name: match[1] ?? '', start, end });
  }
  return found;
}

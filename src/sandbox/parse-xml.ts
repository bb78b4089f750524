import { InputError } from '../errors.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Own text, without that of children. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 100_000;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** Every kind of markup a report may hold, anchored where the last one ended. Linear: no part can match in two ways. */
const MARKUP =
  /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<\?[^]*?\?>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

function badXml(problem: string): InputError {
  return new InputError([{ field: 'report', problem: `is not well-formed XML: ${problem}` }]);
}

function decodeEntity(whole: string, body: string): string {
  const named = ENTITIES[body];
  if (named !== undefined && whole.endsWith(';')) return named;
  const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(body);
  const code =
    numeric === null ? Number.NaN : Number.parseInt(numeric[1] ?? numeric[2] ?? '', numeric[1] === undefined ? 10 : 16);
  if (Number.isNaN(code) || code > 0x10ffff || !whole.endsWith(';'))
    throw badXml(`unknown entity ${whole.slice(0, 40)}`);
  return String.fromCodePoint(code);
}

/** Replaces each reference once; what comes out is never read again, so nothing can expand. */
function decodeText(text: string): string {
  return text.includes('&') ? text.replaceAll(/&([^;&\s]{0,32});?/g, decodeEntity) : text;
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw badXml(`attribute ${name} appears twice`);
    attributes.set(name, decodeText(double ?? single ?? ''));
  }
  return attributes;
}

/**
 * Parses the XML that test reports are made of: elements, attributes, text, CDATA, comments. A DOCTYPE is refused, and
 * with it every custom entity, external file and expansion.
 *
 * @throws {InputError} on anything else, and past 64 levels or 100,000 elements.
 */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^\uFEFF/, '').trimEnd();
  const document: OpenElement = { name: '', attributes: new Map(), children: [], text: '' };
  const open: OpenElement[] = [document];
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const top = open[open.length - 1] ?? document;
    const next = text.indexOf('<', at);
    top.text += decodeText(text.slice(at, next === -1 ? text.length : next));
    if (next === -1) break;
    MARKUP.lastIndex = next;
    const found = MARKUP.exec(text);
    if (found === null) throw badXml(`at character ${next}: ${JSON.stringify(text.slice(next, next + 40))}`);
    const [whole, cdata, closing, opening, attributes = '', selfClosing] = found;
    at = next + whole.length;
    if (cdata !== undefined) top.text += cdata;
    if (closing !== undefined) {
      if (open.length < 2 || top.name !== closing) throw badXml(`</${closing}> closes nothing`);
      open.pop();
    }
    if (opening === undefined) continue;
    elements += 1;
    if (open.length > MAX_DEPTH || elements > MAX_ELEMENTS) throw badXml('too deep or too many elements');
    const element: OpenElement = { name: opening, attributes: readAttributes(attributes), children: [], text: '' };
    top.children.push(element);
    if (selfClosing !== '/') open.push(element);
  }
  const [root] = document.children;
  if (open.length > 1) throw badXml(`<${open[open.length - 1]?.name ?? ''}> is never closed`);
  if (root === undefined || document.children.length > 1 || document.text.trim() !== '')
    throw badXml('there must be exactly one root element');
  return root;
}

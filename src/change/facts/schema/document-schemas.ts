import { endOfBracket, findCalls, type Item, makeLineCounter, squeeze } from '../compare-items.ts';
import { columnText, leftOut } from './model-items.ts';
import { propertiesOf } from './object-properties.ts';

const LIBRARY = /["'](?:mongoose|@nestjs\/mongoose|@typegoose\/typegoose)["']/;
const SCHEMA =
  /(?:\b(?:const|let|var)[ \t]+(\w+)[ \t]*(?::[^=\n]+)?=\s*)?\bnew\s+(?:mongoose\.)?Schema(?:<[^>\n]{0,200}>)?\s*\(/g;
const ADDED = /\b\w*[sS]chema\.(?:index|add)\s*\(/g;
const DECORATED = /@[Pp]rop\b\(?/g;
/** What only the program checks, fills in or shows: a stored document does not tell. */
const PROGRAM_OPTIONS = leftOut(
  'validate',
  'minLength',
  'minlength',
  'maxLength',
  'maxlength',
  'match',
  'trim',
  'lowercase',
  'uppercase',
  'select',
  'get',
  'set',
  'alias',
  'default',
  'enum',
  'min',
  'max',
  'ref',
  'immutable',
);
/** `[true, 'a name, please']`: the text is for people. */
const REQUIRED_TEXT = /\brequired\s*:\s*\[\s*(true|false)\s*,[^\]]*\]/g;

const shapeOf = (text: string) => columnText(text.replace(REQUIRED_TEXT, 'required: $1'), PROGRAM_OPTIONS);

/** What Mongoose and Typegoose keep in a document, and the indexes that they make: one item for each field. */
export function documentFields(code: string): Item[] {
  if (!LIBRARY.test(code)) return [];
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  const add = (text: string, at: number) =>
    items.push({ key: `document ${text}`, line: lineAt(at), rule: 'document_schema' });
  for (const { match, end } of findCalls(code, SCHEMA)) {
    const open = match.index + match[0].length + code.slice(match.index + match[0].length).search(/\S/);
    if (code[open] !== '{') continue;
    const fields = code.slice(open, Math.min(end, endOfBracket(code, open)));
    for (const { name, start, end: close } of propertiesOf(fields))
      add(`${match[1] ?? ''}.${name} ${shapeOf(fields.slice(start, close))}`, open + start);
  }
  for (const { match, end } of findCalls(code, ADDED)) add(squeeze(code.slice(match.index, end)), match.index);
  for (const { match, end } of findCalls(code, DECORATED)) {
    const property = /^\s*(?:(?:public|readonly)\s+)*\w+[?!]?\s*:\s*[^;=\n]+/.exec(code.slice(end, end + 300));
    add(shapeOf(`${code.slice(match.index, end)} ${property?.[0] ?? ''}`), match.index);
  }
  return items;
}

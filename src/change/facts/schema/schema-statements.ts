import { type Item, makeLineCounter, squeeze } from '../compare-items.ts';

const DDL =
  /^(?:create|alter|drop|rename|truncate)\s+(?:or\s+(?:replace|alter)\s+)?(?:(?:unique|clustered|nonclustered|fulltext|spatial|global|unlogged|materialized|virtual|foreign|constraint|definer\s*=\s*\S+|algorithm\s*=\s*\S+|recursive|external|editionable)\s+)*(?:table|index|view|type|schema|column|trigger|function|procedure|sequence|domain|extension|database|policy|enum|keyspace|collection|role|publication|aggregate|rule|event)\b/i;
const TEMPORARY = /^create\s+(?:or\s+replace\s+)?(?:local\s+|global\s+)?temp(?:orary)?\b/i;
const SP_RENAME = /^exec(?:ute)?\s+sp_rename\b/i;
/** Statements that name a database object but do not change its shape. */
const ROLE_ONLY = /^(?:create|alter|drop)\s+(?:role|database|publication)\b/i;

function isDdl(statement: string): boolean {
  const start = statement.slice(0, 300);
  return (DDL.test(start) && !TEMPORARY.test(start) && !ROLE_ONLY.test(start)) || SP_RENAME.test(start);
}

/** Semicolons that end statements: not those inside strings or `$$` bodies. */
function splitSql(text: string): { start: number; text: string }[] {
  const found: { start: number; text: string }[] = [];
  const marks = /;|'|\$[A-Za-z_]*\$/g;
  let from = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === ';') {
      found.push({ start: from, text: text.slice(from, mark.index) });
      from = marks.lastIndex;
      continue;
    }
    const end = text.indexOf(mark[0], marks.lastIndex);
    marks.lastIndex = end < 0 ? text.length : end + mark[0].length;
  }
  found.push({ start: from, text: text.slice(from) });
  return found;
}

/** Where the next row of a dumped table begins: data, and no shape. */
const ROW_COUNTER = /\bAUTO_INCREMENT\s*=\s*\d+/gi;
/** Within a block (`BEGIN … END`, `IF … BEGIN`, `DO $$ … $$`) or a batch, a statement begins with its line; or it is run from a string. */
const IN_BLOCK =
  /(?:^|\b(?:begin|then|else)\b|\bexec(?:ute)?\s+(?:immediate\s+)?\(?N?')[ \t]*((?:create|alter|drop|rename)\s[^;]{0,500})/gim;

/** The statements of a SQL file that change the shape of a database; data statements are none of them. */
export function extractSql(_path: string, code: string): Item[] {
  const lineAt = makeLineCounter(code);
  const items: Item[] = [];
  for (const statement of splitSql(code)) {
    const lead = statement.text.search(/\S/);
    if (lead < 0) continue;
    const body = statement.text.slice(lead);
    if (isDdl(body)) {
      const key = `sql ${squeeze(body.replace(ROW_COUNTER, ''))}`;
      items.push({ key, line: lineAt(statement.start + lead), rule: 'sql_ddl' });
      continue;
    }
    for (const inner of body.matchAll(IN_BLOCK)) {
      const text = inner[1] ?? '';
      if (!isDdl(text)) continue;
      const at = statement.start + lead + inner.index + inner[0].length - text.length;
      items.push({ key: `sql ${squeeze(text)}`, line: lineAt(at), rule: 'sql_ddl' });
    }
  }
  return items;
}

const OBJECT = '["\'`[\\\\]?[\\w$.{]+';
const STATEMENT = `create\\s+(?:or\\s+replace\\s+)?(?:unique\\s+)?(?:table|index|type|materialized\\s+view|view|trigger|sequence|extension)\\s+(?:if\\s+not\\s+exists\\s+|concurrently\\s+)*${OBJECT}|alter\\s+(?:table|type)\\s+(?:if\\s+exists\\s+|only\\s+)*${OBJECT}["'\`\\]\\\\]*(?:\\.${OBJECT}["'\`\\]\\\\]*)?\\s+(?:add|drop|alter|rename|modify|change|set|owner)\\b|drop\\s+(?:table|index|type|view|column|materialized\\s+view)\\s+(?:if\\s+exists\\s+|concurrently\\s+)*${OBJECT}`;
/** DDL inside a program: at the start of a string or of a here-document, as in `db.exec("ALTER TABLE …")`, or on a line below another statement. */
const EMBEDDED = new RegExp(
  `(?:["'\`]|;[ \\t]*\\n|<<[~-]?["']?\\w+["']?[^\\n]{0,80}\\n|<<<["']?\\w+["']?\\n)\\s*((?:${STATEMENT})[^;\`]{0,2000})`,
  'gi',
);
/** In a migration also at the start of a line and after another statement of the same string. */
const IN_MIGRATION = new RegExp(
  // One statement may be put together from several strings: "ALTER TABLE a " + "ADD b int".
  `(?:["'\`;]|^)\\s*((?:${STATEMENT.replaceAll(')?\\s+(?:add', `)?[\\s"'+.\\\\]+(?:add`)})[^;\`]{0,2000})`,
  'gim',
);

/** A string's statement ends with the string; one of several lines ends with its semicolon or after 2,000 characters. */
function endOfStatement(code: string, match: RegExpExecArray, text: string): number {
  const quote = match[0].charAt(0);
  if (quote !== '"' && quote !== "'") return text.length;
  if (code.startsWith(quote.repeat(3), match.index - 2)) {
    const close = text.indexOf(quote.repeat(3));
    return close < 0 ? text.length : close;
  }
  const close = text.indexOf(quote);
  return close < 0 ? text.length : close;
}

const PLACEHOLDER = /\$?\{[^{}]*\}|#\{[^{}]*\}|%\(\w+\)s|%[sqvd]/g;
const SQL_WORDS =
  /\b(?:create|or|replace|unique|table|index|type|materialized|view|trigger|sequence|extension|if|not|exists|concurrently|alter|only|add|drop|rename|modify|change|set|owner|column|constraint|to|on|as|cascade|restrict)\b/gi;

/** What builds statements for others names no object and no column of its own: it is put together from placeholders. */
function isStatementBuilder(statement: string): boolean {
  return !/\w{2,}/.test(statement.replace(PLACEHOLDER, ' ').replace(SQL_WORDS, ' '));
}

function statementsIn(code: string, pattern: RegExp): Item[] {
  const lineAt = makeLineCounter(code);
  return [...code.matchAll(pattern)].map((match) => {
    const text = match[1] ?? '';
    return {
      key: `sql ${squeeze(text.slice(0, endOfStatement(code, match, text)))}`,
      line: lineAt(match.index + match[0].length - text.length),
      rule: 'sql_in_code',
    };
  });
}

export function extractEmbeddedSql(code: string): Item[] {
  return statementsIn(code, EMBEDDED).filter(({ key }) => !isStatementBuilder(key.slice('sql '.length)));
}

export function extractMigrationSql(code: string): Item[] {
  return statementsIn(code, IN_MIGRATION);
}

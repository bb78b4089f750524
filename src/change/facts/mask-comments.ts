import { findCalls } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';

interface Syntax {
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  readonly quotes: readonly string[];
  /** Python: a string that stands alone as a statement is a docstring. */
  readonly docstrings: boolean;
}

const C_LIKE: Syntax = { line: ['//'], block: [['/*', '*/']], quotes: ['"', "'", '`'], docstrings: false };
const SCRIPT: Syntax = { ...C_LIKE };
const RUST: Syntax = { ...C_LIKE, quotes: ['"'] };
const PHP: Syntax = { line: ['//', '#'], block: [['/*', '*/']], quotes: ['"', "'"], docstrings: false };
const PYTHON: Syntax = { line: ['#'], block: [], quotes: ['"""', "'''", '"', "'"], docstrings: true };
const HASH: Syntax = { line: ['#'], block: [], quotes: ['"', "'"], docstrings: false };
const RUBY: Syntax = { line: ['#'], block: [['\n=begin', '\n=end']], quotes: ['"', "'"], docstrings: false };
const SQL: Syntax = { line: ['--'], block: [['/*', '*/']], quotes: ["'", '"'], docstrings: false };
const MARKUP: Syntax = { line: [], block: [['<!--', '-->']], quotes: [], docstrings: false };
const HCL: Syntax = { line: ['#', '//'], block: [['/*', '*/']], quotes: ['"'], docstrings: false };

const BY_EXTENSION: Readonly<Record<string, Syntax>> = {
  js: SCRIPT,
  jsx: SCRIPT,
  mjs: SCRIPT,
  cjs: SCRIPT,
  ts: SCRIPT,
  tsx: SCRIPT,
  mts: SCRIPT,
  cts: SCRIPT,
  java: C_LIKE,
  kt: C_LIKE,
  kts: C_LIKE,
  scala: C_LIKE,
  groovy: C_LIKE,
  gradle: C_LIKE,
  cs: C_LIKE,
  go: C_LIKE,
  swift: C_LIKE,
  dart: C_LIKE,
  c: C_LIKE,
  h: C_LIKE,
  cpp: C_LIKE,
  proto: C_LIKE,
  prisma: C_LIKE,
  vue: SCRIPT,
  svelte: SCRIPT,
  rs: RUST,
  php: PHP,
  py: PYTHON,
  rb: RUBY,
  rake: RUBY,
  ex: HASH,
  exs: HASH,
  sh: HASH,
  bash: HASH,
  yml: HASH,
  yaml: HASH,
  toml: HASH,
  env: HASH,
  graphql: HASH,
  gql: HASH,
  sql: SQL,
  cql: SQL,
  ddl: SQL,
  xml: MARKUP,
  html: MARKUP,
  tf: HCL,
  hcl: HCL,
};

function syntaxOf(path: string): Syntax | null {
  if (/(?:^|\/)(?:Gemfile|Rakefile|Dockerfile[\w.-]*|Makefile|\.env[\w.-]*)$/.test(path)) return HASH;
  return BY_EXTENSION[extensionOf(path)] ?? null;
}

/** Where a comment or a string can begin, so that the scan jumps over all else. */
function startsOf(syntax: Syntax): RegExp {
  const firsts = [...syntax.line, ...syntax.block.map(([start]) => start), ...syntax.quotes].map((mark) =>
    mark.charAt(0),
  );
  return new RegExp(`[${[...new Set(firsts)].map((char) => (char === '\n' ? '\\n' : `\\${char}`)).join('')}]`, 'g');
}

const STARTS = new Map<Syntax, RegExp>();

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/**
 * What a string of each quote can end at, or must step over: the scan jumps from one to the next. `"` and
 * `'` may not span lines: a stray one in a comment or a regular expression must not swallow the rest.
 */
const STOPS: Readonly<Record<string, RegExp>> = {
  '"': /["\\\n]/g,
  "'": /['\\\n]/g,
  '`': /[`\\]/g,
  '"""': /"|\\/g,
  "'''": /'|\\/g,
};

function endOfString(text: string, from: number, quote: string, sql: boolean): number {
  if (sql) {
    const end = text.indexOf(quote, from);
    return end < 0 ? text.length : end + quote.length;
  }
  const stops = STOPS[quote];
  if (stops === undefined) return text.length;
  stops.lastIndex = from;
  for (let stop = stops.exec(text); stop !== null; stop = stops.exec(text)) {
    if (stop[0] === '\\') stops.lastIndex = stop.index + 2;
    else if (stop[0] === '\n') return stop.index;
    else if (text.startsWith(quote, stop.index)) return stop.index + quote.length;
  }
  return text.length;
}

function isDocstring(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && (text[before] === ' ' || text[before] === '\t')) before -= 1;
  if (before >= 0 && text[before] !== '\n') return false;
  while (before >= 0 && /\s/.test(text[before] ?? '')) before -= 1;
  return before < 0 || !'(,=[{+%'.includes(text[before] ?? '');
}

/** In PHP a comment of one line ends where the PHP ends. */
function endOfLineComment(syntax: Syntax, text: string, at: number): number {
  const line = text.indexOf('\n', at);
  const end = line < 0 ? text.length : line;
  const close = syntax === PHP ? text.slice(at, end).indexOf('?>') : -1;
  return close < 0 ? end : at + close;
}

/** What a regular expression may follow; after anything else a slash divides. */
const BEFORE_REGEXP = /(?:^|[=(,:[!&|?{};+\n]|\b(?:return|typeof|case|in|of))\s*$/;
const REGEXP = /\/(?![/*])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,300}\//y;

/** The end of a regular expression that begins here: what looks like a comment or a quote in it is none. */
function endOfRegExp(text: string, at: number): number | null {
  const before = text.slice(Math.max(0, at - 30), at);
  // Behind a bracket a slash mostly divides, but `if (x) /[/*]/.test(y)` does not: then what follows must not be hidden.
  const unclear = /\)\s*$/.test(before);
  if (!unclear && !BEFORE_REGEXP.test(before)) return null;
  REGEXP.lastIndex = at;
  if (!REGEXP.test(text)) return null;
  return !unclear || /\/[/*]/.test(text.slice(at + 1, REGEXP.lastIndex - 1)) ? REGEXP.lastIndex : null;
}

/** True when `//` here is the middle of an address, not the start of a comment: `http://…` outside quotes, as in YAML. */
function isAddress(text: string, at: number): boolean {
  return text[at - 1] === ':' && /[a-z]/i.test(text[at - 2] ?? '');
}

/** Where a compiler ends a line and a reader does not: a lone CR, which an editor may show as nothing, U+2028 and U+2029. */
const LINE_END = /\r(?!\n|$)|[\u2028\u2029]/;
const UNSEEN_ENDS: readonly (readonly [path: RegExp, text: RegExp])[] = [
  // Java reads these before it looks for comments: an end of line, `*` and `/`.
  [/\.(?:java|kts?|groovy|scala)$/i, /\\u+00(?:0a|0d|2a|2f)/i],
  // Encodings in which a comment can hold what becomes an end of line.
  [
    /\.py$/i,
    /^.*\n?.*coding[:=][ \t]*(?:utf[-_]?7|utf[-_]?16|\w*unicode[-_]escape|rot[-_]?13|\w+[-_]codec|punycode|idna)/i,
  ],
  // HTML ends these at once, or sooner than it looks.
  [/\.(?:html?|xml|vue|svelte)$/i, /<!---?>|--!>/],
];

/**
 * Whether something in the text may end a comment where no reader sees it, as in Trojan Source (Boucher and Anderson, 2021).
 * Then nothing may be taken for a comment: what looks like one may be code.
 */
function endsCommentsUnseen(path: string, text: string): boolean {
  return LINE_END.test(text) || UNSEEN_ENDS.some(([of, found]) => of.test(path) && found.test(text));
}

/** Symfony's routes may stand in comments, where they are code. */
const ROUTE_ANNOTATION = /@(?:\w+\\)?(?:Route|Get|Post|Put|Patch|Delete)\((?=[^)\n])/;
const ROUTE_ANNOTATIONS = new RegExp(ROUTE_ANNOTATION.source, 'g');

/** A comment turned to spaces but for its routes. */
function keepRoutes(comment: string): string {
  let out = '';
  let kept = 0;
  for (const { match, end } of findCalls(comment, ROUTE_ANNOTATIONS)) {
    out += blank(comment.slice(kept, match.index)) + comment.slice(match.index, end).replace(/\n[ \t]*\*/g, blank);
    kept = end;
  }
  return out + blank(comment.slice(kept));
}

/**
 * The text with comments (and Python docstrings) turned to spaces; line numbers and strings stay. One pass over the
 * text: time is linear whatever it holds. Unknown languages come back unchanged.
 */
export function maskComments(path: string, text: string): string {
  const syntax = syntaxOf(path);
  if (syntax === null || endsCommentsUnseen(path, text)) return text;
  const sql = syntax === SQL;
  const parts: string[] = [];
  let kept = 0;
  let at = 0;
  const hide = (from: number, to: number, shown = blank(text.slice(from, to))) => {
    parts.push(text.slice(kept, from), shown);
    kept = to;
    at = to;
  };
  const starts = STARTS.get(syntax) ?? startsOf(syntax);
  STARTS.set(syntax, starts);
  for (;;) {
    starts.lastIndex = at;
    const next = starts.exec(text);
    if (next === null) break;
    at = next.index;
    const line = syntax.line.find((start) => text.startsWith(start, at));
    if (
      line !== undefined &&
      !(line === '//' && isAddress(text, at)) &&
      !(syntax === PHP && text.startsWith('#[', at)) &&
      !(line === '#' && at > 0 && !/[\s;,(){}[\]]/.test(text[at - 1] ?? ''))
    ) {
      hide(at, endOfLineComment(syntax, text, at));
      continue;
    }
    const block = syntax.block.find(([start]) => text.startsWith(start, at));
    if (block !== undefined) {
      const close = text.indexOf(block[1], at + block[0].length);
      const end = close < 0 ? text.length : close + block[1].length;
      // Doctrine's annotations are code, though they stand in a comment; so is what MySQL runs of one.
      const annotated = syntax === PHP ? text.slice(at, end) : '';
      if (annotated.includes('@ORM\\')) at = end;
      else if (ROUTE_ANNOTATION.test(annotated)) hide(at, end, keepRoutes(annotated));
      else if (sql && text[at + 2] === '!') hide(at, at + (/^\/\*!\d*/.exec(text.slice(at, at + 12))?.[0].length ?? 3));
      else hide(at, end);
      continue;
    }
    const literal = syntax === SCRIPT && text[at] === '/' ? endOfRegExp(text, at) : null;
    if (literal !== null) {
      at = literal;
      continue;
    }
    const quote = syntax.quotes.find((mark) => text.startsWith(mark, at));
    if (quote !== undefined) {
      const end = endOfString(text, at + quote.length, quote, sql);
      if (quote.length === 3 && syntax.docstrings && isDocstring(text, at)) hide(at, end);
      else at = end;
      continue;
    }
    at += 1;
  }
  parts.push(text.slice(kept));
  return parts.join('');
}

/** Attribute files are small; more rules than this are a mistake, and what is not excluded is read. */
const MAX_RULES = 5_000;
const ATTRIBUTE = 'linguist-generated';

interface Rule {
  readonly matches: (path: string) => boolean;
  readonly generated: boolean;
}

/**
 * Which paths the repository declares generated, by `linguist-generated` in its `.gitattributes`. Hand in the files of
 * the BASE: a change that could mark its own files would decide what is read of it. Patterns as in gitattributes(5);
 * a deeper file wins over a higher one, a later line over an earlier one. A pattern that is not understood matches nothing.
 */
export function makeIsGenerated(files: readonly { path: string; text: string }[]): (path: string) => boolean {
  const rules = files
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
    .flatMap(({ path, text }) => parseAttributes(path.slice(0, -'.gitattributes'.length), text))
    .slice(0, MAX_RULES);
  return (path) => rules.findLast((rule) => rule.matches(path))?.generated ?? false;
}

function parseAttributes(directory: string, text: string): Rule[] {
  return text.split('\n').flatMap((line): Rule[] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('[attr]') || trimmed.startsWith('"')) return [];
    const [pattern = '', ...attributes] = trimmed.split(/[ \t]+/);
    const generated = attributes.map(readAttribute).findLast((value) => value !== null) ?? null;
    const matches = generated === null ? null : matcherOf(pattern);
    if (generated === null || matches === null) return [];
    return [{ generated, matches: (path) => path.startsWith(directory) && matches(path.slice(directory.length)) }];
  });
}

function readAttribute(text: string): boolean | null {
  if (text === ATTRIBUTE || text === `${ATTRIBUTE}=true`) return true;
  if (text === `-${ATTRIBUTE}` || text === `!${ATTRIBUTE}` || text.startsWith(`${ATTRIBUTE}=`)) return false;
  return null;
}

/** Without a slash a pattern is matched against the file's name, with one against the path below its own directory. */
function matcherOf(pattern: string): ((path: string) => boolean) | null {
  if (pattern.startsWith('!') || pattern.endsWith('/') || /[[\]\\]/.test(pattern)) return null;
  const anchored = pattern.includes('/');
  const parts = pattern.replace(/^\//, '').split('/');
  return (path) => matchesPath(parts, anchored ? path.split('/') : [path.slice(path.lastIndexOf('/') + 1)]);
}

/**
 * Both matchers go back to the last star only (Kirk Krauss, "Matching Wildcards"): time is the product of the lengths at
 * worst, where a regular expression of many stars takes exponential time.
 */
function matchesPath(parts: readonly string[], names: readonly string[]): boolean {
  return matchStars(
    parts,
    names,
    (part) => part === '**',
    (part, name) => matchStars(part.split(''), name.split(''), isStar, (char, own) => char === '?' || char === own),
  );
}

function isStar(char: string): boolean {
  return char === '*';
}

function matchStars(
  pattern: readonly string[],
  items: readonly string[],
  isAny: (part: string) => boolean,
  isOne: (part: string, item: string) => boolean,
): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let tried = 0;
  while (at < items.length) {
    const part = pattern[next];
    const item = items[at] ?? '';
    if (part !== undefined && isAny(part)) {
      star = next;
      tried = at;
      next += 1;
    } else if (part !== undefined && isOne(part, item)) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      tried += 1;
      at = tried;
      next = star + 1;
    } else return false;
  }
  return pattern.slice(next).every(isAny);
}

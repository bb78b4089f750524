/** Where a CODEOWNERS file may stand; the first that is there counts, as on GitHub. */
export const CODE_OWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'] as const;

interface OwnerRule {
  readonly matches: (path: string) => boolean;
  /** `@login`, `@org/team` or an e-mail, as written; empty = nobody. */
  readonly owners: readonly string[];
}

const MAX_RULES = 5_000;
const MAX_PATTERN = 500;

export interface CodeOwners {
  readonly rules: readonly OwnerRule[];
  /** Lines that were left out, by their number, and why: as on GitHub, such a line is as if it were not there. */
  readonly skipped: readonly { readonly line: number; readonly why: string }[];
}

/** Rules of a CODEOWNERS file in order. What is not understood is left out and named: owners only direct, they do not decide. */
export function parseCodeOwners(text: string): CodeOwners {
  const rules: OwnerRule[] = [];
  const skipped: { line: number; why: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    // `[Section]` is GitLab's; its rules follow on lines of their own.
    if (line === '' || /^\^?\[/.test(line)) continue;
    const [pattern = '', ...owners] = line.split(/(?<!\\)\s+/);
    const why = whyNoRule(pattern, owners);
    if (why === null) rules.push({ matches: makeMatcher(pattern.replaceAll('\\ ', ' ')), owners });
    else skipped.push({ line: index + 1, why });
  }
  // The last rule that matches counts, so the last ones are kept.
  const over = rules.length - MAX_RULES;
  if (over > 0) skipped.push({ line: 1, why: `only the last ${MAX_RULES} rules are looked at` });
  return { rules: over > 0 ? rules.slice(over) : rules, skipped };
}

function whyNoRule(pattern: string, owners: readonly string[]): string | null {
  if (pattern.length > MAX_PATTERN) return `a pattern is longer than ${MAX_PATTERN} characters`;
  if (pattern.startsWith('!')) return 'a pattern cannot be taken back with !';
  const stranger = owners.find((owner) => !isOwner(owner));
  return stranger === undefined ? null : `${stranger.slice(0, 60)} is no @user, @org/team or e-mail`;
}

/** The owners of each path: of the rules that match it the last one counts, as on GitHub. */
export function ownersOf({ rules }: Pick<CodeOwners, 'rules'>, paths: readonly string[]): Map<string, string[]> {
  const owned = new Map<string, string[]>();
  for (const path of paths) {
    const rule = rules.findLast(({ matches }) => matches(path));
    for (const owner of rule?.owners ?? []) owned.set(owner, [...(owned.get(owner) ?? []), path]);
  }
  return owned;
}

function isOwner(text: string): boolean {
  return /^@[\w.-]+(?:\/[\w./-]+)?$/.test(text) || /^[^@\s]+@[^@\s]+$/.test(text);
}

/** gitignore's patterns without negation and character classes, as CODEOWNERS has them. Each `*` is matched without backtracking over `/`. */
function makeMatcher(pattern: string): (path: string) => boolean {
  const anchored = pattern.replace(/\/$/, '').includes('/');
  const parts = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  const folder = pattern.endsWith('/');
  const starred = parts.at(-1) === '*' && anchored && !folder;
  const wanted = anchored ? parts : ['**', ...parts];
  return (path) => {
    const segments = path.split('/');
    // A pattern stands for a file, or for a folder and all beneath it; `docs/*` and `/*` for the files of the folder alone.
    for (let length = segments.length; length > 0; length -= 1) {
      const whole = length === segments.length;
      if (whole ? folder : starred) continue;
      if (matchSegments(wanted, segments.slice(0, length))) return true;
    }
    return false;
  };
}

/** `**` stands for any number of segments. Row by row, so that no pattern is slower than its length times the path's. */
function matchSegments(pattern: readonly string[], segments: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const [index, part] of pattern.entries()) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === '**') {
        const least = index === pattern.length - 1 ? at + 1 : at;
        for (let to = least; to <= segments.length; to += 1) next.add(to);
      } else if (at < segments.length && matchSegment(part, segments[at] ?? '')) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(segments.length);
}

/** `*` and `?` within one segment; the greedy walk with one step back that wildcards need. */
function matchSegment(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p;
      mark = t;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

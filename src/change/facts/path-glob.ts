const SPECIAL = /[.+^${}()|[\]\\]/;

/** The text of a regular expression for one glob, read from left to right. */
function translate(glob: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob[at] ?? '';
    if (glob.startsWith('**/', at) && (at === 0 || glob[at - 1] === '/')) {
      out += '(?:[^/]+/)*';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      out += '.*';
      at += 1;
    } else if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '{') {
      out += '(?:';
      depth += 1;
    } else if (char === '}' && depth > 0) {
      out += ')';
      depth -= 1;
    } else if (char === ',' && depth > 0) out += '|';
    else out += SPECIAL.test(char) ? `\\${char}` : char;
  }
  return out + ')'.repeat(depth);
}

/**
 * Whether a path of the repository matches a glob: `*` and `?` stay within one folder, `**` crosses folders, `{a,b}` is
 * a choice. A glob that names a folder stands for everything beneath it. Case counts, as it does for git.
 */
export function makePathMatcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map((glob) => {
    const plain = glob.replace(/^\.?\//, '').replace(/\/$/, '');
    return new RegExp(`^${translate(plain)}(?:/.*)?$`, 's');
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

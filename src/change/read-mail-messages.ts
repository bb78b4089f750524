const MAX_MESSAGES = 500;
const MAX_MESSAGE_CHARS = 20_000;
const FROM = /^From [0-9a-f]{40} /gm;
const COMMIT = /^commit [0-9a-f]{40}\b[^\n]*\n/gm;

function subjectOf(head: string): string | null {
  const subject = /^Subject:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)/im.exec(head)?.[1];
  return (
    subject
      ?.replace(/\s*\n\s+/g, ' ')
      .replace(/^(?:\[[^\]\n]{1,60}\]\s*)+/, '')
      .trim() ?? null
  );
}

/** One commit of `git format-patch`: headers, a blank line, the body, `---`. */
function fromMail(text: string): string {
  const end = text.indexOf('\n\n');
  const body = end < 0 ? '' : (text.slice(end + 2).split(/^(?:---$|diff --)/m, 1)[0] ?? '');
  return [subjectOf(end < 0 ? text : text.slice(0, end)) ?? '', body.trim()].filter((part) => part !== '').join('\n\n');
}

/** One commit of `git show` or `git log -p`: headers, then the message indented by four spaces. */
function fromLog(text: string): string {
  const lines: string[] = [];
  for (const line of (text.split(/^diff --/m, 1)[0] ?? '').split('\n')) {
    if (line.startsWith('    ')) lines.push(line.slice(4));
    else if (line === '' && lines.length > 0) lines.push('');
  }
  return lines.join('\n').trim();
}

function sections(text: string, start: RegExp): string[] {
  const at = [...text.matchAll(start)].slice(0, MAX_MESSAGES).map((match) => match.index);
  return at.map((from, index) => text.slice(from, Math.min(at[index + 1] ?? text.length, from + MAX_MESSAGE_CHARS)));
}

/**
 * The commit messages that a patch carries itself: mail headers of `git format-patch`, or the head of `git show`. Empty
 * for a plain diff. A line of the change cannot pass for one: it begins with its sign.
 */
export function readMailMessages(text: string): string {
  const mails = sections(text, FROM).map(fromMail);
  const logs = mails.length > 0 ? [] : sections(text, COMMIT).map(fromLog);
  return [...mails, ...logs].filter((message) => message !== '').join('\n\n');
}

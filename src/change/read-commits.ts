import type { Sha } from '../ids.ts';
import type { Identity } from './change.ts';
import { type Git, gitOutput } from './run-git.ts';

const MAX_LOG_BYTES = 32 * 1024 * 1024;
const MAX_MESSAGES_CHARS = 200_000;
const MAX_NAME_CHARS = 320;
const CO_AUTHOR = /^[ \t]*co-authored-by:[ \t]*([^<\n]{0,320})<([^<>\n]{1,320})>/gim;

async function readLog(git: Git, base: Sha, head: Sha, format: string, signal: AbortSignal): Promise<string> {
  const args = [
    'log',
    '-z',
    '--no-color',
    '--no-show-signature',
    '--no-notes',
    '--no-mailmap',
    '--encoding=UTF-8',
    `--format=${format}`,
    '--end-of-options',
    `${base}..${head}`,
  ];
  const out = await gitOutput(git.run, args, { signal, maxBytes: MAX_LOG_BYTES });
  return out.toString('utf8');
}

function identity(name: string, email: string): Identity {
  return { name: name.trim().slice(0, MAX_NAME_CHARS), email: email.trim().slice(0, MAX_NAME_CHARS) };
}

/**
 * Everyone whom the commits base..head name: authors, committers, and co-authors. A co-author line counts wherever it
 * stands in the message, not only in the last paragraph: naming too many people is safe here, missing one is not.
 */
export async function readContributors(git: Git, base: Sha, head: Sha, signal: AbortSignal): Promise<Identity[]> {
  const text = await readLog(git, base, head, '%an%n%ae%n%cn%n%ce%n%B', signal);
  const found = new Map<string, Identity>();
  const add = (person: Identity) => found.set(`${person.email.toLowerCase()}\n${person.name.toLowerCase()}`, person);
  for (const record of text.split('\0')) {
    if (record === '') continue;
    const [authorName = '', authorEmail = '', committerName = '', committerEmail = '', ...body] = record.split('\n');
    add(identity(authorName, authorEmail));
    add(identity(committerName, committerEmail));
    for (const [, name = '', email = ''] of body.join('\n').matchAll(CO_AUTHOR)) add(identity(name, email));
  }
  return [...found.values()].sort((a, b) =>
    a.email < b.email ? -1 : a.email > b.email ? 1 : a.name < b.name ? -1 : 1,
  );
}

/** The messages of base..head, newest first, separated by a blank line; cut at 200,000 characters. */
export async function readCommitMessages(git: Git, base: Sha, head: Sha, signal: AbortSignal): Promise<string> {
  const text = await readLog(git, base, head, '%B', signal);
  const messages = text.split('\0').map((message) => message.trim());
  return messages
    .filter((message) => message !== '')
    .join('\n\n')
    .slice(0, MAX_MESSAGES_CHARS);
}

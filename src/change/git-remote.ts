import { resolve } from 'node:path';
import { InputError } from '../errors.ts';

/** Where a repository is fetched from and pushed to, and the one transport that git may use for it. */
export interface GitRemote {
  readonly url: string;
  readonly protocol: 'file' | 'https' | 'ssh';
  /** The directory, for a repository on this machine. */
  readonly path: string | null;
}

const SCP_LIKE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9_~/][^\s]*$/;
const FIX = 'use an absolute path, https://host/path or ssh://user@host/path';

function refuse(problem: string, fix = FIX): never {
  throw new InputError([{ field: 'services.<name>.repository', problem, fix }]);
}

function parseUrl(text: string, protocol: 'https' | 'ssh'): GitRemote {
  if (!URL.canParse(text)) refuse('is not a valid URL');
  const url = new URL(text);
  // A password in the address would stand in every process list and error message.
  if (url.password !== '') refuse('carries a password', 'leave it out and put it into SLIPWAY_GIT_CREDENTIALS');
  if (url.hostname === '' || url.hostname.startsWith('-')) refuse('has no valid host');
  return { url: text, protocol, path: null };
}

/**
 * Reads the configured repository address. Anything that could make git run a program (`ext::`, an option, an unknown
 * transport) is refused here, and git itself is told to allow only the protocol found here.
 */
export function parseGitRemote(repository: string): GitRemote {
  if (repository === '') refuse('is empty');
  if (repository.startsWith('-')) refuse('starts with a dash');
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f]/.test(repository)) refuse('contains a control character');
  if (repository.startsWith('https://')) return parseUrl(repository, 'https');
  if (repository.startsWith('ssh://')) return parseUrl(repository, 'ssh');
  if (repository.startsWith('file:///')) {
    const path = decodeURIComponent(new URL(repository).pathname);
    return { url: path, protocol: 'file', path };
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/|:)/.test(repository)) refuse('uses a transport that is not allowed');
  if (repository.includes('@') && SCP_LIKE.test(repository)) return { url: repository, protocol: 'ssh', path: null };
  if (repository.includes(':') && !repository.startsWith('/')) refuse('is neither a path nor a known URL');
  const path = resolve(repository);
  return { url: path, protocol: 'file', path };
}

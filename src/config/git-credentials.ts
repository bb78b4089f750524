/** How git signs in at one server. */
export interface GitCredential {
  /** `https://host` or `https://host:port`. */
  readonly origin: string;
  /** Value of the Authorization header. */
  readonly authorization: string;
}

export type ParsedGitCredentials =
  | { readonly kind: 'credentials'; readonly credentials: readonly GitCredential[] }
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * Reads lines of `https://user:token@host`, the format of git's own credential store. Empty lines and lines that begin
 * with # say nothing. A problem names the line, never what stands in it.
 */
export function parseGitCredentials(text: string): ParsedGitCredentials {
  const credentials: GitCredential[] = [];
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') return { kind: 'problem', problem: `line ${at + 1} ${parsed}` };
    if (credentials.some(({ origin }) => origin === parsed.origin))
      return { kind: 'problem', problem: `line ${at + 1} names a host a second time` };
    credentials.push(parsed);
  }
  return { kind: 'credentials', credentials };
}

function parseLine(line: string): GitCredential | string {
  if (!URL.canParse(line)) return 'is not an address';
  const url = new URL(line);
  if (url.protocol !== 'https:') return 'is not an https address: a token would travel in clear text';
  if (url.username === '' || url.password === '') return 'lacks a user or a token';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'holds more than a host: one sign-in a host';
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { origin: url.origin, authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

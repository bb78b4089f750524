import { isPastDeadline, withDeadline } from '../with-deadline.ts';
import { ForgeFailure } from './forge-failure.ts';
import { limitedUntil } from './rate-limit.decide.ts';

export interface ForgeRequest {
  readonly url: URL;
  readonly token: string;
  readonly etag: string | undefined;
  /** Of the whole answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type ForgeAnswer =
  | { readonly kind: 'answer'; readonly body: unknown; readonly etag: string | null }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' };

/** Fifty pull requests with the longest texts that GitHub allows. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * One GET. Redirects are not followed: the token goes to the address that was configured and to no other.
 * @throws {ForgeFailure} for everything but 200, 304 and 404, and when the forge wants to be left alone.
 */
export async function askForge(request: ForgeRequest): Promise<ForgeAnswer> {
  const { url, timeoutMs, signal } = request;
  try {
    return await withDeadline(signal, timeoutMs, (limit) => get(request, limit));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ForgeFailure) throw error;
    const why = isPastDeadline(error) ? `did not answer within ${timeoutMs} ms` : whyNot(error);
    throw new ForgeFailure(`the forge at ${url.origin} ${why}`, { cause: error });
  }
}

async function get({ url, token, etag }: ForgeRequest, signal: AbortSignal): Promise<ForgeAnswer> {
  const response = await fetch(url, {
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'slipway',
      'x-github-api-version': '2022-11-28',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
    },
    redirect: 'manual',
    signal,
  });
  const { status, headers } = response;
  if (status !== 200) await response.body?.cancel();
  if (status === 304 && etag !== undefined) return { kind: 'unchanged' };
  if (status === 404) return { kind: 'absent' };
  if (status !== 200) throw refusal(response);
  return { kind: 'answer', body: JSON.parse(await readText(response)), etag: headers.get('etag') };
}

function refusal({ status, headers }: Response): ForgeFailure {
  const told = {
    retryAfter: headers.get('retry-after'),
    remaining: headers.get('x-ratelimit-remaining'),
    reset: headers.get('x-ratelimit-reset'),
  };
  const until = limitedUntil(status, told, new Date());
  if (until !== null)
    return new ForgeFailure(`the forge wants to be asked again at ${until.toISOString()}`, { limitedUntil: until });
  const fix =
    status === 401 || status === 403
      ? ': SLIPWAY_GITHUB_TOKEN must be valid and may read pull requests'
      : status >= 300 && status < 400
        ? ': the repository was renamed or moved; put its new name into slipway.yaml'
        : '';
  return new ForgeFailure(`the forge answered ${status}${fix}`);
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_BYTES) throw new ForgeFailure(`the forge answered with more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function whyNot(error: unknown): string {
  if (error instanceof SyntaxError) return 'answered with something else than JSON';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'connection lost';
  return `gave no whole answer (${code})`;
}

import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { makeSha } from './record.ts';

export function makeWebhookSecret(): string {
  return randomBytes(32).toString('hex');
}

export function signBody(body: string | Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A `pull_request` event as GitHub sends it, with some of the much that is not read; `pull_request` is merged one level deep. */
export function makePullRequestEvent(
  over: { action?: string; repo?: string; pull_request?: Record<string, unknown> } = {},
) {
  const number = over.pull_request?.['number'] ?? 7;
  return {
    action: over.action ?? 'opened',
    number,
    pull_request: {
      id: 1,
      number,
      state: 'open',
      title: 'Add bulk discounts',
      body: null,
      draft: false,
      merged: false,
      closed_at: null,
      user: { login: 'octocat', id: 583_231, type: 'User' },
      head: { ref: 'bulk', sha: makeSha(), repo: { full_name: 'fork/shop' } },
      base: { ref: 'main', sha: makeSha(), repo: { full_name: 'acme/shop' } },
      ...over.pull_request,
    },
    repository: { id: 2, full_name: over.repo ?? 'acme/shop', private: true },
    sender: { login: 'octocat' },
  };
}

/** Sends one delivery, signed unless `headers` say otherwise; a header that is undefined is left out. */
export function deliver(
  url: string,
  body: string | Buffer,
  options: { secret: string; event?: string; headers?: Record<string, string | undefined> },
): Promise<Response> {
  const headers: Record<string, string | undefined> = {
    accept: '*/*',
    'user-agent': 'GitHub-Hookshot/test',
    'content-type': 'application/json',
    'x-github-event': options.event ?? 'pull_request',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signBody(body, options.secret),
    ...options.headers,
  };
  const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return fetch(`${url}/webhooks/github`, {
    method: 'POST',
    headers: sent,
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}

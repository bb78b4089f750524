import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePullRequestEvent } from './github-delivery.ts';

type PullJson = ReturnType<typeof makePullRequestEvent>['pull_request'] & {
  state: string;
  merged: boolean;
  closed_at: string | null;
  updated_at: string;
};

/** One answer in place of the usual one; it has to end or destroy the response. */
type Fault = (res: ServerResponse, req: IncomingMessage) => void | Promise<void>;

export interface ForgeServer {
  readonly url: string;
  readonly token: string;
  /** Pull requests of `acme/shop`, by number; those of other repositories are none. */
  readonly pulls: Map<number, PullJson>;
  /** Each takes the place of one answer, in order. */
  readonly faults: Fault[];
  /** Called before each usual answer. */
  onAsk: (path: string) => void | Promise<void>;
  /** `status path` of each request that was answered as usual; `fault path` of the others. */
  readonly asked: string[];
  /** Adds or changes a pull request. */
  put(number: number, over?: Partial<Record<keyof PullJson, unknown>>): PullJson;
}

/** GitHub's REST API as far as it is read: lists by pages with ETags, one pull request, a token. Listens on loopback. */
export async function withForge(use: (forge: ForgeServer) => Promise<void>): Promise<void> {
  const forge: Omit<ForgeServer, 'url'> = {
    token: `token-${Math.random()}`,
    pulls: new Map(),
    faults: [],
    onAsk: () => undefined,
    asked: [],
    put(number, over = {}) {
      const usual = this.pulls.get(number) ?? {
        ...makePullRequestEvent({ pull_request: { number } }).pull_request,
        updated_at: new Date().toISOString(),
      };
      const pull = { ...usual, ...over } as PullJson;
      this.pulls.set(number, pull);
      return pull;
    },
  };
  const server = createServer((req, res) => void answer(forge, req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(Object.assign(forge, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

async function answer(forge: Omit<ForgeServer, 'url'>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? '';
  const fault = forge.faults.shift();
  if (fault !== undefined) {
    forge.asked.push(`fault ${path}`);
    return fault(res, req);
  }
  await forge.onAsk(path);
  const { status, body } = look(forge, req, new URL(path, 'http://forge'));
  const text = JSON.stringify(body);
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  const same = status === 200 && req.headers['if-none-match'] === etag;
  forge.asked.push(`${same ? 304 : status} ${path}`);
  res.writeHead(same ? 304 : status, { 'content-type': 'application/json', etag }).end(same ? '' : text);
}

function look(forge: Omit<ForgeServer, 'url'>, req: IncomingMessage, url: URL): { status: number; body: unknown } {
  if (req.headers.authorization !== `Bearer ${forge.token}`)
    return { status: 401, body: { message: 'Bad credentials' } };
  const [, repo, number] = /^\/repos\/([^/]+\/[^/]+)\/pulls(?:\/(\d+))?$/.exec(url.pathname) ?? [];
  const pulls = repo === 'acme/shop' ? [...forge.pulls.values()] : [];
  if (number !== undefined) {
    const pull = pulls.find((one) => one.number === Number(number));
    return pull === undefined ? { status: 404, body: {} } : { status: 200, body: pull };
  }
  const size = Number(url.searchParams.get('per_page'));
  const page = Number(url.searchParams.get('page'));
  const open = pulls.filter((pull) => pull.state === url.searchParams.get('state'));
  return { status: 200, body: open.slice((page - 1) * size, page * size) };
}

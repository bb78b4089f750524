import { z } from 'zod';
import { askForge } from './ask-forge.ts';
import { ForgeFailure } from './forge-failure.ts';
import { Pull, WholePull } from './pull.ts';

export interface ForgeClient {
  /**
   * All open pull requests of a repository. What of it makes no sense is left out and said.
   * @throws {ForgeFailure}
   */
  openPulls(repo: string, signal: AbortSignal): Promise<{ pulls: Pull[]; senseless: string[] }>;
  /** One pull request as it is now; null when there is none of this number. @throws {ForgeFailure} */
  pull(repo: string, number: number, signal: AbortSignal): Promise<WholePull | null>;
}

export interface GithubOptions {
  /** `https://api.github.com`, or `https://host/api/v3`. */
  readonly apiUrl: string;
  readonly token: string;
  /** Of one request, its answer included. */
  readonly timeoutMs?: number;
}

const PAGE_SIZE = 50;
/** 5,000 open pull requests. */
const MAX_PAGES = 100;

interface Page {
  readonly etag: string;
  readonly pulls: readonly Pull[];
  readonly senseless: readonly string[];
  readonly full: boolean;
}

/** GitHub's REST API. A page that has not changed since is answered with 304 and costs nothing of the quota. */
export function makeGithubClient({ apiUrl, token, timeoutMs = 15_000 }: GithubOptions): ForgeClient {
  const base = apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`;
  const pages = new Map<string, Page>();
  const ask = (path: string, etag: string | undefined, signal: AbortSignal) =>
    askForge({ url: new URL(path, base), token, etag, timeoutMs, signal });

  async function readPage(repo: string, n: number, signal: AbortSignal): Promise<Page> {
    // By the order of their opening: one that is opened or closed meanwhile moves no other to a page that was read.
    const path = `repos/${repo}/pulls?state=open&sort=created&direction=asc&per_page=${PAGE_SIZE}&page=${n}`;
    const kept = pages.get(path);
    const answer = await ask(path, kept?.etag, signal);
    if (answer.kind === 'unchanged' && kept !== undefined) return kept;
    if (answer.kind !== 'answer') throw new ForgeFailure(`${repo} is not there, or the token may not see it`);
    const page = { ...parsePage(answer.body), etag: answer.etag ?? '' };
    if (answer.etag === null) pages.delete(path);
    else pages.set(path, page);
    return page;
  }

  return {
    async openPulls(repo, signal) {
      const pulls = new Map<number, Pull>();
      const senseless: string[] = [];
      for (let n = 1; n <= MAX_PAGES; n++) {
        const page = await readPage(repo, n, signal);
        for (const pull of page.pulls) pulls.set(pull.number, pull);
        senseless.push(...page.senseless);
        if (!page.full) return { pulls: [...pulls.values()], senseless };
      }
      throw new ForgeFailure(`${repo} has more than ${MAX_PAGES * PAGE_SIZE} open pull requests`);
    },
    async pull(repo, number, signal) {
      const answer = await ask(`repos/${repo}/pulls/${number}`, undefined, signal);
      if (answer.kind !== 'answer') return null;
      const pull = WholePull.safeParse(answer.body);
      if (pull.success && pull.data.number === number) return pull.data;
      throw new ForgeFailure(`pull request ${number} of ${repo} makes no sense: ${firstIssue(pull.error)}`);
    },
  };
}

/** One entry that makes no sense keeps no other from its run. */
function parsePage(body: unknown): Omit<Page, 'etag'> {
  const list = z.array(z.unknown()).safeParse(body);
  if (!list.success) throw new ForgeFailure('the answer is no list of pull requests');
  const parsed = list.data.map((item) => Pull.safeParse(item));
  return {
    pulls: parsed.flatMap((pull) => (pull.success ? [pull.data] : [])),
    senseless: parsed.flatMap((pull) => (pull.success ? [] : [firstIssue(pull.error)])),
    full: list.data.length >= PAGE_SIZE,
  };
}

function firstIssue(error: z.ZodError | undefined): string {
  const issue = error?.issues[0];
  return issue === undefined ? 'it is of another number' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

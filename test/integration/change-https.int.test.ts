import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeGit } from '../../src/change/git.ts';
import { parseGitCredentials } from '../../src/config/git-credentials.ts';
import { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { RECEIPT } from '../contract/delivery-target.ts';
import { type GitHttpsServer, startGitHttpsServer } from '../support/git-https-server.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';

const at = new Date('2026-11-27T10:00:00Z');
const signal = new AbortController().signal;
const log = makeLogger({ level: 'silent', name: 'test' });

let repo: TestRepo;
let server: GitHttpsServer;
let token: string;

beforeEach(async () => {
  repo = makeTestRepo('https');
  token = randomBytes(20).toString('hex');
  server = await startGitHttpsServer(repo.root, `Basic ${Buffer.from(`slipway:${token}`).toString('base64')}`);
});
afterEach(async () => {
  await server.close();
  repo.remove();
});

/** Git with the sign-ins of the given lines. */
function gitWith(lines: string, environment: { caFile?: string } = { caFile: server.caFile }) {
  const parsed = parseGitCredentials(lines);
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return makeGit({
    mirrorsDir: join(repo.root, 'mirrors'),
    artifactsDir: join(repo.root, 'artifacts'),
    environment: { credentials: parsed.credentials, ...environment },
    log,
  });
}

const signedIn = () => server.origin.replace('https://', `https://slipway:${token}@`);
const repository = () => `${server.origin}/origin.git`;

function change(): Sha {
  repo.commit({ files: { 'a.txt': 'one\n' }, message: 'start' });
  repo.push('main');
  repo.git('switch', '--quiet', '-c', 'feature');
  const head = repo.commit({ files: { 'b.txt': 'two\n' }, message: 'feature' });
  repo.push(`${head}:refs/pull/7/head`);
  return head;
}

const resolve = (git: ReturnType<typeof gitWith>, headSha: Sha) =>
  git.resolve({ repository: repository(), targetBranch: 'main', headSha, prNumber: 7, at }, signal);

describe('an https repository behind a sign-in', () => {
  test('is fetched and pushed to, and the token stays out of every file', async () => {
    const head = change();
    const git = gitWith(signedIn());
    const made = await resolve(git, head);
    if (made.kind !== 'resolved') throw new Error(made.detail);
    const push = { repository: repository(), targetBranch: 'main', expected: made.target_sha, next: made.merge_sha };
    expect(await git.pushTarget(RECEIPT, push, signal)).toBe('pushed');
    expect(repo.git('ls-remote', 'origin', 'refs/heads/main')).toContain(made.merge_sha);
    const encoded = Buffer.from(`slipway:${token}`).toString('base64');
    const mirrors = readdirSync(join(repo.root, 'mirrors'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(repo.root, 'mirrors', name))
      .filter((path) => statSync(path).isFile());
    expect(mirrors.length).toBeGreaterThan(5);
    const holding = mirrors.filter((path) => [token, encoded].some((text) => readFileSync(path).includes(text)));
    expect(holding).toEqual([]);
  });

  test.each([
    ['without a sign-in', ''],
    ['with the sign-in of another host', 'https://slipway:other@git.example.com'],
  ])('says that it cannot be read %s, and sends none', async (_, lines) => {
    const head = change();
    expect(await resolve(gitWith(lines), head)).toMatchObject({
      kind: 'unresolvable',
      reason: 'repository_unreachable',
    });
    expect(new Set(server.seen)).toEqual(new Set([null]));
  });

  test('is not trusted without its authority', async () => {
    const head = change();
    const answer = await resolve(gitWith(signedIn(), {}), head);
    expect(answer).toMatchObject({ kind: 'unresolvable', reason: 'repository_unreachable' });
    expect(server.seen).toEqual([]);
  });
});

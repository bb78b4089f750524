import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeGit } from '../../src/change/git.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { type CompareDeps, compareBranch } from '../../src/runs/compare-branch.ts';
import { openRecord } from '../../src/runs/record.ts';
import { compareDue } from '../../src/runs/watch-branches.ts';
import { makeTestRepo, type TestRepo } from '../support/git-repo.ts';
import { insertRun, makeRunFacts, openLog } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const stopped = new AbortController().signal;
const log = makeLogger({ level: 'silent', name: 'test' });

describe('commits of the target branch that no run brought', () => {
  let directory: string;
  let database: TestDatabase;
  let store: ReturnType<typeof openLog>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-unaudited-'));
    database = await makeDatabase();
    store = openLog(database.appUrl);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  let service: string;
  let repo: TestRepo;
  let deps: CompareDeps;
  let n = 0;
  beforeEach(async () => {
    service = `shop-${++n}`;
    repo = makeTestRepo('unaudited');
    repo.commit({ files: { 'server.js': 'one\n', 'other.js': 'one\n' } });
    repo.push('main');
    deps = { db: store.db, audit: store.audit, config: configFor(), repository: gitIn('mirrors'), log };
    await compare();
    return () => repo.remove();
  });

  function configFor(): Config {
    const file = join(directory, `${service}.yaml`);
    const of = { repository: repo.origin, repo: `acme/${service}`, delivery: { kind: 'local', command: ['x'] } };
    writeFileSync(file, stringify({ services: { [service]: of } }));
    return readConfig({ file, env: { SLIPWAY_DATA_DIR: directory, DATABASE_URL: database.appUrl } });
  }
  const gitIn = (name: string) =>
    makeGit({ mirrorsDir: join(repo.root, name), artifactsDir: join(repo.root, 'artifacts'), log });

  async function compare(over: Partial<CompareDeps> = {}, now = new Date()) {
    const of = deps.config.services[service];
    if (of === undefined) throw new Error('no service');
    return compareBranch({ ...deps, ...over }, service, of, now, stopped);
  }

  /** What stands on the record, oldest first. */
  async function found(): Promise<[string, string][]> {
    const rows = await store.db
      .selectFrom('audit.entry')
      .select('body')
      .where('event', '=', 'change.unaudited')
      .orderBy('seq')
      .execute();
    return rows
      .map(({ body }) => JSON.parse(body))
      .filter((entry) => entry.payload.service === service)
      .map((entry) => [entry.outcome, entry.payload.sha]);
  }

  const tip = () => repo.git('rev-parse', 'main') as Sha;
  const onMain = () => repo.git('checkout', '--quiet', 'main');
  function direct(text: string): Sha {
    onMain();
    const sha = repo.commit({ files: { 'other.js': `${text}\n` }, message: text });
    repo.push('main');
    return sha;
  }
  /** A branch of a pull request with its commits, oldest first. */
  function branch(name: string, ...texts: string[]): Sha[] {
    repo.git('checkout', '--quiet', '-B', name, 'main');
    return texts.map((text) => repo.commit({ files: { 'server.js': `${text}\n` }, message: text }));
  }
  function merge(head: Sha, ...args: string[]): Sha {
    onMain();
    repo.git('merge', '--quiet', '--no-ff', ...args, '-m', 'Merge', head);
    return tip();
  }
  /** A run that ended, and what it pushed. */
  async function ran(
    head: Sha,
    over: { outcome?: string; base?: Sha; pushed?: { expected: Sha; next: Sha } } = {},
  ): Promise<void> {
    const facts = makeRunFacts({ repo: `acme/${service}`, service, head_sha: head, base_sha: over.base ?? tip() });
    const ended = { status: 'finished', outcome: over.outcome ?? 'deployed', finished_at: new Date() } as const;
    const run = await insertRun(store.db, facts, ended);
    if (over.pushed === undefined) return;
    await openRecord(store.audit, run).append({
      stage: 'release',
      step: 'merge',
      event: 'merge_push.intended',
      rationale: 'push the merge that runs in production to main',
      outcome: 'intended',
      payload: over.pushed,
    });
  }

  it('are found although a later run merged on top of them: what it found there it did not bring', async () => {
    const expected = direct('by hand');
    const [head] = branch('pr', 'two') as [Sha];
    const next = merge(head);
    await ran(head, { base: expected, pushed: { expected, next } });
    repo.push('main');
    expect(await compare()).toMatchObject({ commits: 2, unaudited: [expected] });
    expect(await found()).toEqual([['commit', expected]]);
  });

  it('hide in no merge: one that holds more than its two sides was brought by nobody', async () => {
    const [honest] = branch('honest', 'two') as [Sha];
    await ran(honest);
    direct('moved on');
    await compare();
    const clean = merge(honest);
    repo.push('main');
    expect(await compare()).toMatchObject({ commits: 1, unaudited: [] });

    const [head] = branch('pr', 'three') as [Sha];
    await ran(head);
    merge(head, '--no-commit');
    const evil = repo.commit({ files: { 'other.js': 'slipped in\n' }, message: 'Merge' });
    repo.push('main');
    expect(repo.git('rev-parse', `${evil}^2`)).toBe(head);
    expect(await compare()).toMatchObject({ commits: 1, unaudited: [evil] });
    expect(clean).not.toBe(evil);
  });

  it('are none of those of a pull request that was deployed and is moved to as it is', async () => {
    const base = direct('by hand');
    const commits = branch('pr', 'two', 'three', 'four');
    await ran(commits.at(-1) as Sha, { base });
    onMain();
    repo.git('merge', '--quiet', '--ff-only', 'pr');
    repo.push('main');
    expect(await compare()).toMatchObject({ commits: 4, unaudited: [base] });
  });

  it('are those of a head that was not deployed, a squash, a rebase and a revert', async () => {
    const [rejected] = branch('rejected', 'two') as [Sha];
    await ran(rejected, { outcome: 'rejected' });
    const merged = merge(rejected);
    const [squashed] = branch('squashed', 'three') as [Sha];
    await ran(squashed);
    onMain();
    repo.git('merge', '--quiet', '--squash', 'squashed');
    const squash = repo.commit({ message: 'three (#3)' });
    repo.git('revert', '--no-edit', 'HEAD');
    const revert = tip();
    repo.push('main');
    expect(await compare()).toMatchObject({ commits: 3, unaudited: [merged, squash, revert] });
    const [again] = branch('rebased', 'four') as [Sha];
    await ran(again);
    repo.git('commit', '--quiet', '--amend', '-m', 'four, amended');
    onMain();
    repo.git('merge', '--quiet', '--ff-only', 'rebased');
    repo.push('main');
    expect(await compare()).toMatchObject({ unaudited: [tip()] });
  });

  it('are told each time the branch is moved back, also to where it was before', async () => {
    const first = direct('first');
    await compare();
    const second = direct('second');
    await compare();
    repo.git('reset', '--quiet', '--hard', first);
    repo.push('+main');
    expect(await compare()).toMatchObject({ unaudited: [first] });
    const third = direct('third');
    await compare();
    repo.git('reset', '--quiet', '--hard', first);
    repo.push('+main');
    await compare();
    await compare();
    expect(await found()).toEqual([
      ['commit', first],
      ['commit', second],
      ['history_rewritten', first],
      ['commit', third],
      ['history_rewritten', first],
    ]);
  });

  it('are found after days of nobody looking, from a mirror that is new, and once by two who look at once', async () => {
    const pushed = ['a', 'b', 'c'].map(direct);
    const fresh = { repository: gitIn('another') };
    await Promise.all([compare(fresh), compare()]);
    expect(await found()).toEqual(pushed.map((sha) => ['commit', sha]));
  });

  it('are not forgotten while the repository cannot be reached, and that is said', async () => {
    const sha = direct('while it is away');
    const away = { ...deps, config: { ...deps.config, services: structuredClone(deps.config.services) } };
    Object.assign(away.config.services[service] ?? {}, { repository: join(repo.root, 'nowhere.git') });
    const looked = await compareDue(away, new Date(), stopped, 0);
    expect(looked.get(service)).toBeInstanceOf(Error);
    expect(await found()).toEqual([]);
    expect(await compare()).toMatchObject({ unaudited: [sha] });
  });

  it('do not hide behind more commits than are compared', async () => {
    const hidden = direct('hidden');
    const more = ['a', 'b', 'c'].map(direct);
    const of = deps.config.services[service];
    if (of === undefined) throw new Error('no service');
    await compareBranch(deps, service, of, new Date(), stopped, 3);
    expect(await found()).toEqual([['not_compared', more[0]], ...more.map((sha) => ['commit', sha])]);
    expect(hidden).not.toBe(more[0]);
  });
});

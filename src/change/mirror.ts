import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentFailure } from '../errors.ts';
import { digestOf, Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import { withFileLock } from './file-lock.ts';
import { type GitRemote, parseGitRemote } from './git-remote.ts';
import { type Git, type GitEnvironment, gitOutput, makeGitRunner, type RunGit, type StreamGit } from './run-git.ts';
import { shareWork } from './share-work.ts';
import { sweepMirror } from './sweep-mirror.ts';

/** One bare repository per configured address. It writes no ref that the remote names: only `refs/slipway/keep/<sha>`. */
export interface Mirror {
  readonly remote: GitRemote;
  readonly run: RunGit;
  readonly stream: StreamGit;
  readonly gitDir: string;
  /** True when the commit is here; packs arrive whole or not at all, so its history is here too. */
  has(sha: Sha, signal: AbortSignal): Promise<boolean>;
  isKept(sha: Sha, signal: AbortSignal): Promise<boolean>;
  /** Keeps commits reachable, so that later fetches send only what is new and no clean-up drops them. */
  keep(shas: readonly Sha[], signal: AbortSignal): Promise<void>;
  /** No longer keeps them; what nothing else reaches is removed by a later collection. */
  release(shas: readonly Sha[], signal: AbortSignal): Promise<void>;
  /** Runs `work` while no other process writes to this mirror. */
  exclusively<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export type OpenMirror = (repository: string, signal: AbortSignal) => Promise<Mirror>;

const LOCK_WAIT_MS = 300_000;
const MAX_SEEN = 10_000;
const MINIMAL_GIT = [2, 38] as const;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A mirror is made aside and renamed into place, so a killed process leaves none half-made. */
async function create(run: RunGit, draft: string, gitDir: string, signal: AbortSignal): Promise<void> {
  await gitOutput(run, ['init', '--quiet', '--bare', '--template=', '--initial-branch=slipway', draft], { signal });
  try {
    await rename(draft, gitDir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(join(gitDir, 'HEAD')))) throw error;
  }
}

/** `git merge-tree --write-tree` and `cat-file -z` came with 2.38. */
export function isGitNewEnough(versionLine: string): boolean {
  const [, major, minor] = /git version (\d+)\.(\d+)/.exec(versionLine) ?? [];
  if (major === undefined || minor === undefined) return false;
  if (Number(major) !== MINIMAL_GIT[0]) return Number(major) > MINIMAL_GIT[0];
  return Number(minor) >= MINIMAL_GIT[1];
}

/** Where the mirror of a configured repository is. @throws PermanentFailure for an address that is none. */
export function mirrorPath(mirrorsDir: string, repository: string): string {
  return join(mirrorsDir, `${digestOf(parseGitRemote(repository).url).slice(0, 32)}.git`);
}

interface Opened {
  readonly mirror: Mirror;
  /** Of its HEAD: a mirror that was made again, or collected, may have forgotten what the old one held. */
  readonly edition: string | null;
}

async function editionOf(path: string): Promise<string | null> {
  return stat(join(path, 'HEAD')).then(
    (info) => `${info.ino} ${info.mtimeMs}`,
    () => null,
  );
}

export interface OpenMirrorOptions {
  readonly mirrorsDir: string;
  readonly log: Logger;
  readonly environment: GitEnvironment;
}

export function makeOpenMirror(options: OpenMirrorOptions): OpenMirror {
  const opened = new Map<string, Promise<Opened>>();

  async function open(repository: string, signal: AbortSignal): Promise<Opened> {
    const remote = parseGitRemote(repository);
    const gitDir = mirrorPath(options.mirrorsDir, repository);
    await mkdir(options.mirrorsDir, { recursive: true });
    const git = await makeGitRunner({
      gitDir,
      stateDir: options.mirrorsDir,
      remote,
      environment: options.environment,
      nonce: randomUUID(),
    });
    const version = await gitOutput(git.run, ['version'], { signal });
    if (!isGitNewEnough(version.toString('utf8'))) {
      throw new PermanentFailure(
        'GIT_TOO_OLD',
        `found ${version.toString('utf8').trim()}: git 2.38 or newer is needed`,
      );
    }
    if (!(await exists(join(gitDir, 'HEAD')))) await create(git.run, `${gitDir}.${randomUUID()}`, gitDir, signal);
    return { mirror: makeMirror({ git, remote, gitDir, log: options.log }), edition: await editionOf(gitDir) };
  }

  function reopen(repository: string, signal: AbortSignal): Promise<Opened> {
    const mirror = open(repository, signal);
    opened.set(repository, mirror);
    mirror.catch(() => opened.delete(repository));
    return mirror;
  }

  return async function openMirror(repository, signal) {
    const held = await opened.get(repository);
    if (held !== undefined && (await editionOf(held.mirror.gitDir)) === held.edition) return held.mirror;
    // First use, or the mirror was collected, or removed under a running worker: it is a cache and comes back.
    return (await reopen(repository, signal)).mirror;
  };
}

function makeMirror(parts: { git: Git; remote: GitRemote; gitDir: string; log: Logger }): Mirror {
  const { gitDir } = parts;
  const { run, stream } = parts.git;

  const seen = new Map<Sha, Promise<boolean>>();

  async function has(sha: Sha, signal: AbortSignal): Promise<boolean> {
    if (seen.size > MAX_SEEN) seen.clear();
    const found = await shareWork(seen, sha, signal, async () => {
      const result = await run(['cat-file', '-t', sha], { signal });
      return result.exitCode === 0 && result.stdout.toString('utf8').trim() === 'commit';
    });
    // What is not here may be fetched the next moment; what is here stays.
    if (!found) seen.delete(sha);
    return found;
  }

  async function isKept(sha: Sha, signal: AbortSignal): Promise<boolean> {
    return (await run(['show-ref', '--verify', '--quiet', `refs/slipway/keep/${sha}`], { signal })).exitCode === 0;
  }

  async function keep(shas: readonly Sha[], signal: AbortSignal): Promise<void> {
    const input = shas.map((sha) => `update refs/slipway/keep/${Sha.parse(sha)} ${sha}\n`).join('');
    await gitOutput(run, ['update-ref', '--stdin'], { input, signal });
  }

  async function release(shas: readonly Sha[], signal: AbortSignal): Promise<void> {
    const input = shas.map((sha) => `delete refs/slipway/keep/${Sha.parse(sha)} ${sha}\n`).join('');
    await gitOutput(run, ['update-ref', '--stdin'], { input, signal });
  }

  async function exclusively<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return withFileLock(
      { path: `${gitDir}.slipway-lock`, nonce: randomUUID(), waitMs: LOCK_WAIT_MS, signal },
      async () => {
        const swept = await sweepMirror(gitDir, Date.now());
        if (swept > 0) parts.log.info({ swept }, 'removed what a killed fetch left in a mirror');
        return work();
      },
    );
  }

  return { remote: parts.remote, run, stream, gitDir, has, isKept, keep, release, exclusively };
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Sha } from '../ids.ts';
import { readCommitMessages } from './read-commits.ts';
import { streamDiff } from './read-diff.ts';
import { makeFileReader } from './read-files.ts';
import { type Git, makeGitRunner } from './run-git.ts';

/** A repository of this machine, bare or with a work tree, read without writing to it. */
export interface LocalRepository {
  /** The full sha of a commit that is named by its sha, a branch or a tag; null when there is none. */
  resolveCommit(name: string, signal: AbortSignal): Promise<Sha | null>;
  /** Null when the two have no common history here. */
  mergeBase(a: Sha, b: Sha, signal: AbortSignal): Promise<Sha | null>;
  diff(base: Sha, head: Sha, signal: AbortSignal): AsyncIterable<Uint8Array>;
  commitMessages(base: Sha, head: Sha, signal: AbortSignal): Promise<string>;
  readFile(commit: Sha, path: string, signal: AbortSignal): Promise<string | null>;
  listFiles(commit: Sha, signal: AbortSignal): Promise<string[]>;
  /** Removes the temporary settings. */
  close(): Promise<void>;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** The git directory that belongs to a folder: its own, or that of a folder above it. */
async function findGitDir(directory: string): Promise<string | null> {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if ((await isFolder(join(folder, 'objects'))) && (await isFolder(join(folder, 'refs')))) return folder;
    const inside = join(folder, '.git');
    if (await isFolder(inside)) return inside;
    // A work tree of its own, and a submodule, have a file that says where.
    const link = await readFile(inside, 'utf8').catch(() => '');
    const named = /^gitdir: (.+)$/m.exec(link)?.[1];
    if (named !== undefined) return isAbsolute(named) ? named : resolve(folder, named);
    if (dirname(folder) === folder) return null;
  }
}

async function firstSha(git: Git, args: readonly string[], signal: AbortSignal): Promise<Sha | null> {
  const result = await git.run(args, { signal });
  const found = Sha.safeParse(result.stdout.toString('utf8').split('\n', 1)[0]);
  return result.exitCode === 0 && found.success ? found.data : null;
}

/** Opens the repository that `directory` is in; null when there is none. */
export async function openLocalRepository(directory: string): Promise<LocalRepository | null> {
  const gitDir = await findGitDir(directory);
  if (gitDir === null) return null;
  const stateDir = await mkdtemp(join(tmpdir(), 'slipway-git-'));
  const git = await makeGitRunner({
    gitDir,
    stateDir,
    settingsFile: join(stateDir, 'gitconfig'),
    remote: { url: gitDir, protocol: 'file', path: gitDir },
    environment: {},
    nonce: randomUUID(),
  });
  const files = makeFileReader();
  return {
    resolveCommit: (name, signal) =>
      firstSha(git, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], signal),
    mergeBase: (a, b, signal) => firstSha(git, ['merge-base', '--end-of-options', a, b], signal),
    diff: (base, head, signal) => streamDiff(git, base, head, signal),
    commitMessages: (base, head, signal) => readCommitMessages(git, base, head, signal),
    readFile: (commit, path, signal) => files.readFile(git, commit, path, signal),
    listFiles: (commit, signal) => files.listFiles(git, commit, signal),
    close: () => rm(stateDir, { recursive: true, force: true }),
  };
}

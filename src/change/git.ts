import { PermanentFailure, TransientFailure } from '../errors.ts';
import type { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { ChangeRepository } from './change.ts';
import { branchRef, readTip, requireCommit } from './fetch-commit.ts';
import { readFirstParents } from './first-parents.ts';
import { listChanges } from './list-changes.ts';
import { materialise } from './materialise.ts';
import { isMergeOf } from './merge-trees.ts';
import { type Mirror, makeOpenMirror } from './mirror.ts';
import { isAncestorHere, pushTarget } from './push-target.ts';
import { readCommitMessages } from './read-commits.ts';
import { readDiff } from './read-diff.ts';
import { makeFileReader } from './read-files.ts';
import { resolveChange } from './resolve-change.ts';
import type { GitEnvironment } from './run-git.ts';

export interface GitOptions {
  readonly mirrorsDir: string;
  readonly artifactsDir: string;
  readonly log: Logger;
  /** What git processes may see of this machine; default: a usual PATH and no ssh agent. */
  readonly environment?: GitEnvironment;
}

/** Git on this machine behind the repository port. Errors: TransientFailure when the remote may answer later, PermanentFailure when it never will. */
export function makeGit(options: GitOptions): ChangeRepository {
  const openMirror = makeOpenMirror({
    mirrorsDir: options.mirrorsDir,
    log: options.log,
    environment: options.environment ?? {},
  });
  const files = makeFileReader();

  async function withCommits(repository: string, shas: readonly Sha[], signal: AbortSignal): Promise<Mirror> {
    const mirror = await openMirror(repository, signal);
    for (const sha of shas) await requireCommit(mirror, sha, signal);
    return mirror;
  }

  return {
    async resolve(request, signal) {
      return resolveChange(await openMirror(request.repository, signal), request, signal);
    },

    async holds(repository, commit, signal) {
      return (await openMirror(repository, signal)).has(commit, signal);
    },

    async targetTip(repository, targetBranch, signal) {
      const tip = await readTip(await openMirror(repository, signal), branchRef(targetBranch), signal);
      if (tip.kind === 'unreachable') throw new TransientFailure('REPOSITORY_UNREACHABLE', tip.detail);
      if (tip.kind === 'no_branch')
        throw new PermanentFailure(
          'UNKNOWN_BRANCH',
          `the repository has no branch ${targetBranch}: create it or correct target_branch`,
        );
      return tip.sha;
    },

    async diff(repository, base, head, maxBytes, signal) {
      return readDiff(await withCommits(repository, [base, head], signal), base, head, maxBytes, signal);
    },

    async listChanges(repository, base, head, signal) {
      return listChanges(await withCommits(repository, [base, head], signal), base, head, signal);
    },

    async commitMessages(repository, base, head, signal) {
      return readCommitMessages(await withCommits(repository, [base, head], signal), base, head, signal);
    },

    async readFile(repository, commit, path, signal) {
      return files.readFile(await withCommits(repository, [commit], signal), commit, path, signal);
    },

    async listFiles(repository, commit, signal) {
      return files.listFiles(await withCommits(repository, [commit], signal), commit, signal);
    },

    async materialise(repository, commit, signal) {
      return materialise(await withCommits(repository, [commit], signal), options.artifactsDir, commit, signal);
    },

    async firstParents(repository, since, tip, max, signal) {
      return readFirstParents(await withCommits(repository, [tip], signal), since, tip, max, signal);
    },

    async isMergeOf(repository, commit, parents, signal) {
      return isMergeOf(await withCommits(repository, [commit, ...parents], signal), commit, parents, signal);
    },

    async isAncestor(repository, ancestor, descendant, signal) {
      return isAncestorHere(
        await withCommits(repository, [ancestor, descendant], signal),
        ancestor,
        descendant,
        signal,
      );
    },

    async pushTarget(_receipt, request, signal) {
      return pushTarget(await openMirror(request.repository, signal), request, signal);
    },
  };
}

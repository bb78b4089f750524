import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Sha } from '../ids.ts';
import { type DemoChange, readTree, sampleServiceDirectory } from './demo-changes.ts';

export interface DemoRepository {
  /** A bare repository: what a forge would hold. */
  readonly url: string;
  readonly mainSha: Sha;
  /** Head of each change's branch, in the order of the changes. */
  readonly heads: readonly Sha[];
}

const OWNER = { name: 'Sample Owner', email: 'owner@example.com' };

/** The sample service as a real repository, with a branch for each change. */
export async function makeRepository(directory: string, changes: readonly DemoChange[]): Promise<DemoRepository> {
  const url = join(directory, 'origin.git');
  const work = join(directory, 'work');
  await mkdir(work, { recursive: true });
  await git(directory, OWNER, ['init', '--quiet', '--bare', '--initial-branch=main', url]);
  await git(work, OWNER, ['init', '--quiet', '--initial-branch=main']);
  await writeFiles(work, readTree(sampleServiceDirectory));
  const mainSha = await commit(work, OWNER, 'Sample service');
  await git(work, OWNER, ['push', '--quiet', url, 'main']);
  const heads: Sha[] = [];
  for (const [index, change] of changes.entries()) {
    await git(work, OWNER, ['checkout', '--quiet', '-B', change.branch, mainSha]);
    await writeFiles(work, change.files());
    const head = await commit(work, change.author, change.message);
    // The branch, and the ref that a forge keeps for the pull request.
    await git(work, OWNER, ['push', '--quiet', url, change.branch, `${head}:refs/pull/${index + 1}/head`]);
    heads.push(head);
  }
  return { url, mainSha, heads };
}

async function writeFiles(work: string, files: Record<string, string | null>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(work, path);
    if (text === null) {
      await rm(file, { force: true });
      continue;
    }
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function commit(work: string, author: { name: string; email: string }, message: string): Promise<Sha> {
  await git(work, author, ['add', '--all']);
  await git(work, author, ['commit', '--quiet', '--message', message]);
  const { stdout } = await git(work, author, ['rev-parse', 'HEAD']);
  return Sha.parse(stdout.trim());
}

/** With a configuration of its own: the demo must not depend on, or touch, the user's. */
function git(cwd: string, who: { name: string; email: string }, args: readonly string[]) {
  return execa('git', args, {
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: who.name,
      GIT_AUTHOR_EMAIL: who.email,
      GIT_COMMITTER_NAME: who.name,
      GIT_COMMITTER_EMAIL: who.email,
    },
  });
}

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Sha } from '../../src/ids.ts';

interface TestCommit {
  readonly files?: Readonly<Record<string, string | Uint8Array | null>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly author?: string;
  readonly email?: string;
  readonly executable?: readonly string[];
}

/** A real repository with a bare origin, in a directory of its own. */
export interface TestRepo {
  readonly root: string;
  /** The bare origin: what Slipway is configured with. */
  readonly origin: string;
  readonly work: string;
  git(...args: string[]): string;
  /** Commits on the current branch and returns the sha. Nothing is pushed. */
  commit(change: TestCommit): Sha;
  push(...refspecs: string[]): void;
  remove(): void;
}

const IDENTITY = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_DATE: '1790000000 +0000',
  GIT_COMMITTER_DATE: '1790000000 +0000',
};

export function makeTestRepo(name: string): TestRepo {
  const root = mkdtempSync(join(tmpdir(), `slipway-${name}-`));
  const origin = join(root, 'origin.git');
  const work = join(root, 'work');

  function run(cwd: string, args: string[], extra: Record<string, string> = {}): string {
    const env = { PATH: process.env['PATH'] ?? '', HOME: root, ...IDENTITY, ...extra };
    return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  run(root, ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  run(root, ['init', '--quiet', '--initial-branch=main', work]);
  run(work, ['remote', 'add', 'origin', origin]);
  run(work, ['config', 'user.name', 'Ada']);
  run(work, ['config', 'user.email', 'ada@example.com']);

  return {
    root,
    origin,
    work,
    git: (...args) => run(work, args),
    commit(change) {
      for (const [path, content] of Object.entries(change.files ?? {})) {
        const full = join(work, path);
        if (content === null) {
          rmSync(full);
          continue;
        }
        mkdirSync(dirname(full), { recursive: true });
        writeFileSync(full, content);
        if (change.executable?.includes(path)) chmodSync(full, 0o755);
      }
      for (const [path, target] of Object.entries(change.links ?? {})) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        symlinkSync(target, join(work, path));
      }
      run(work, ['add', '--all']);
      const author = { GIT_AUTHOR_NAME: change.author ?? 'Ada', GIT_AUTHOR_EMAIL: change.email ?? 'ada@example.com' };
      run(work, ['commit', '--quiet', '--allow-empty', '-m', change.message ?? 'change'], author);
      return Sha.parse(run(work, ['rev-parse', 'HEAD']));
    },
    push: (...refspecs) => void run(work, ['push', '--quiet', '--force', 'origin', ...refspecs]),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

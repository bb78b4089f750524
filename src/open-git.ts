import { join } from 'node:path';
import type { ChangeRepository } from './change/change.ts';
import type { Mirrors } from './change/collect-mirrors.ts';
import { type GitOptions, makeGit } from './change/git.ts';
import { makeOpenMirror } from './change/mirror.ts';
import type { GitEnvironment } from './change/run-git.ts';
import type { Config } from './config/config.ts';
import { parseGitCredentials } from './config/git-credentials.ts';
import type { Logger } from './log.ts';

/** The repositories as this process reaches them: mirrors and artifacts under its data directory, sign-ins from the environment. */
export function openGit(config: Pick<Config, 'env'>, log: Logger): ChangeRepository {
  return makeGit(gitOptions(config, log));
}

/** The same mirrors, for who cleans them. */
export function openMirrors(config: Pick<Config, 'env'>, log: Logger): Mirrors {
  const options = gitOptions(config, log);
  return { mirrorsDir: options.mirrorsDir, openMirror: makeOpenMirror(options) };
}

function gitOptions(config: Pick<Config, 'env'>, log: Logger): GitOptions & { environment: GitEnvironment } {
  const { dataDir, gitCredentials, gitCaFile, sshAuthSock } = config.env;
  const parsed = parseGitCredentials(gitCredentials ?? '');
  if (parsed.kind === 'problem') throw new Error(`SLIPWAY_GIT_CREDENTIALS: ${parsed.problem}`);
  return {
    mirrorsDir: join(dataDir, 'mirrors'),
    artifactsDir: join(dataDir, 'artifacts'),
    environment: {
      credentials: parsed.credentials,
      ...(gitCaFile === undefined ? {} : { caFile: gitCaFile }),
      ...(sshAuthSock === undefined ? {} : { sshAuthSock }),
    },
    log,
  };
}

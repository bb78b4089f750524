import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import { collectMirror } from './collect-mirror.ts';
import { mirrorPath, type OpenMirror } from './mirror.ts';

export interface Mirrors {
  readonly mirrorsDir: string;
  readonly openMirror: OpenMirror;
}

export interface MirrorsCollection {
  /** The configured ones. A mirror of any other repository goes once it was not collected for `unusedMs`. */
  readonly repositories: readonly string[];
  /** Commits that runs name, of all repositories. */
  readonly needed: ReadonlySet<Sha>;
  readonly now: number;
  readonly unusedMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Collects each mirror under a data directory, once a day whoever asks. A mirror that fails is told and left as it is. */
export async function collectMirrors({ mirrorsDir, openMirror }: Mirrors, ask: MirrorsCollection): Promise<void> {
  const { needed, now, signal, log } = ask;
  const here = (await readdir(mirrorsDir).catch(() => [])).filter((name) => name.endsWith('.git'));
  const configured = new Map(ask.repositories.map((repository) => [mirrorPath(mirrorsDir, repository), repository]));
  for (const path of here.map((name) => join(mirrorsDir, name))) {
    const repository = configured.get(path);
    if (repository === undefined) {
      if (await removeUnused(path, now - ask.unusedMs)) log.info({ mirror: path }, 'an unused mirror is removed');
      continue;
    }
    try {
      const collected = await collectMirror(await openMirror(repository, signal), needed, now, signal);
      if (collected !== null) log.info({ repository, ...collected }, 'a mirror is packed');
    } catch (err) {
      signal.throwIfAborted();
      log.warn({ err, repository }, 'a mirror is not packed; it grows until it is');
    }
  }
}

/** HEAD is new with each collection, so it tells how long no process was configured for the repository. */
async function removeUnused(path: string, before: number): Promise<boolean> {
  const info = await stat(join(path, 'HEAD')).catch(() => null);
  if (info === null || info.mtimeMs >= before) return false;
  for (const part of [path, `${path}.gitconfig`, `${path}.slipway-lock`])
    await rm(part, { recursive: true, force: true });
  return true;
}

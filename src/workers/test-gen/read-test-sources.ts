import type { ChangeRepository } from '../../change/change.ts';
import type { ResolvedService } from '../../config/config.ts';
import type { TestSettings } from '../../config/schema.ts';
import { Sha } from '../../ids.ts';
import type { Finding } from '../../policy/finding.ts';
import type { Run } from '../../store/tables.ts';

const MAX_SOURCES = 5;
const MAX_EXAMPLES = 3;

/** The files with gaps and a few existing tests as examples, from the merge: only what the test agent needs. */
export async function readTestSources(
  repository: Pick<ChangeRepository, 'readFile' | 'listFiles'>,
  service: ResolvedService,
  run: Run,
  gaps: readonly Finding[],
  tests: TestSettings,
  signal: AbortSignal,
) {
  const commit = Sha.parse(run.merge_sha);
  const paths = [...new Set(gaps.map((gap) => gap.path))].slice(0, MAX_SOURCES);
  const directory = `${tests.directory.replace(/\/+$/, '')}/`;
  const examples = (await repository.listFiles(service.repository, commit, signal))
    .filter((path) => path.startsWith(directory))
    .slice(0, MAX_EXAMPLES);
  return { sources: await readAll(paths), existingTests: await readAll(examples) };

  async function readAll(names: readonly string[]) {
    const texts = await Promise.all(
      names.map(async (path) => ({ path, text: await repository.readFile(service.repository, commit, path, signal) })),
    );
    return texts.flatMap(({ path, text }) => (text === null ? [] : [{ path, text }]));
  }
}

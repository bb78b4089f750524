import type { ChangeRepository } from '../change/change.ts';
import { Sha } from '../ids.ts';
import { CODE_OWNERS_PATHS, ownersOf, parseCodeOwners } from '../policy/code-owners.ts';
import { type PeopleConfig, personOf } from '../policy/people.ts';
import type { OwnerOfPaths } from '../runs/context-package.ts';
import type { Run } from '../store/tables.ts';

const MAX_PATHS_SHOWN = 20;

/** Who owns what is changed, by the CODEOWNERS of the target branch; empty where there is none. */
export async function readOwners(
  repository: Pick<ChangeRepository, 'readFile'>,
  url: string,
  run: Run,
  paths: readonly string[],
  people: PeopleConfig,
  signal: AbortSignal,
): Promise<OwnerOfPaths[]> {
  const target = Sha.safeParse(run.target_sha);
  if (!target.success) return [];
  for (const file of CODE_OWNERS_PATHS) {
    const text = await repository.readFile(url, target.data, file, signal);
    if (text === null) continue;
    return [...ownersOf(parseCodeOwners(text), paths)].map(([owner, owned]) => ({
      owner,
      person: personOf(people, owner.replace(/^@/, '')),
      paths: owned.slice(0, MAX_PATHS_SHOWN),
    }));
  }
  return [];
}

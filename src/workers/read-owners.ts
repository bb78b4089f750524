import type { ChangeRepository } from '../change/change.ts';
import { Sha } from '../ids.ts';
import { CODE_OWNERS_PATHS, ownersOf, parseCodeOwners } from '../policy/code-owners.ts';
import { type PeopleConfig, personOf } from '../policy/people.ts';
import type { OwnerOfPaths } from '../runs/context-package.ts';
import type { Run } from '../store/tables.ts';

const MAX_PATHS_SHOWN = 20;
const MAX_LINES_NAMED = 5;

export interface OwnersOfChange {
  readonly owners: OwnerOfPaths[];
  /** Lines of the file that were left out. */
  readonly problems: string[];
}

/** Who owns what is changed, by the CODEOWNERS of the target branch; empty where there is none. */
export async function readOwners(
  repository: Pick<ChangeRepository, 'readFile'>,
  url: string,
  run: Run,
  paths: readonly string[],
  people: PeopleConfig,
  signal: AbortSignal,
): Promise<OwnersOfChange> {
  const target = Sha.safeParse(run.target_sha);
  const nobody = { owners: [], problems: [] };
  if (!target.success) return nobody;
  for (const file of CODE_OWNERS_PATHS) {
    const text = await repository.readFile(url, target.data, file, signal);
    if (text === null) continue;
    const parsed = parseCodeOwners(text);
    const owners = [...ownersOf(parsed, paths)].map(([owner, owned]) => ({
      owner,
      person: personOf(people, owner.replace(/^@/, '')),
      paths: owned.slice(0, MAX_PATHS_SHOWN),
    }));
    const named = parsed.skipped.slice(0, MAX_LINES_NAMED);
    return { owners, problems: named.map(({ line, why }) => `${file}, line ${line}, is left out: ${why}`) };
  }
  return nobody;
}

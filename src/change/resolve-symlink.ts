import { PermanentFailure } from '../errors.ts';

const MAX_STEPS = 40;

/**
 * Follows a symlink through the tree as the kernel would, with every other symlink of the tree taken into account, and
 * refuses one that is absolute or ever steps above the root. Comparing texts is not enough: `a/b/l/..` is the root when
 * `a/b/l` points to `../../z`.
 */
export function checkSymlink(path: string, symlinks: ReadonlyMap<string, string>): void {
  const target = symlinks.get(path) ?? '';
  const at: string[] = path.split('/').slice(0, -1);
  const pending = splitTarget(path, target);
  let steps = 0;
  while (pending.length > 0) {
    const part = pending.shift();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      if (at.length === 0) throw leaves(path);
      at.pop();
      continue;
    }
    at.push(part);
    const here = at.join('/');
    const next = symlinks.get(here);
    if (next === undefined) continue;
    steps += 1;
    if (steps > MAX_STEPS)
      throw new PermanentFailure('SYMLINK_LOOP', `the symlink ${JSON.stringify(path)} does not end`);
    at.pop();
    pending.unshift(...splitTarget(path, next));
  }
}

function splitTarget(path: string, target: string): string[] {
  if (target === '' || target.startsWith('/') || target.includes('\0')) throw leaves(path);
  return target.split('/');
}

function leaves(path: string): PermanentFailure {
  return new PermanentFailure(
    'SYMLINK_LEAVES_TREE',
    `the symlink ${JSON.stringify(path.slice(0, 300))} points outside the repository: remove it or make it point inside`,
  );
}

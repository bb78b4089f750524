/** Linux stops at 40 links; a chain that long in a source tree is an attack or a mistake. */
const MAX_LINKS = 40;

/**
 * Follows one symlink of a tree name by name, as the kernel would below the tree's root, and says where it leaves.
 * Lexical joining is not enough: with `d -> .` the path `d/..` is the root's parent although it joins to the root.
 *
 * @param link path of the link relative to the root, without `.` or `..`
 * @param links every symlink of the tree: path to target
 * @returns the reason for a refusal, or null when the link stays inside (it may dangle there)
 */
export function decideLinkRefusal(link: string, links: ReadonlyMap<string, string>): string | null {
  const pending = link.split('/');
  const at: string[] = [];
  let followed = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (at.length === 0) return 'leaves the tree';
      at.pop();
      continue;
    }
    at.push(name);
    const target = links.get(at.join('/'));
    if (target === undefined) continue;
    if (target.startsWith('/')) return 'is absolute';
    followed += 1;
    if (followed > MAX_LINKS) return 'runs through too many links';
    at.pop();
    pending.unshift(...target.split('/'));
  }
  return null;
}

import { byPattern } from './manifest-readers.ts';

/** Versions that a build keeps apart: not the project's own, nor those of its language. */
const PROPERTY =
  /<((?!java\b|jdk|jre|maven\.compiler|project|revision|release)[\w.-]+[.-]version|version\.[\w.-]+)>([^<]{1,100})<\//gi;

/** What the properties of a Maven file say about versions, beside its dependencies. */
export const readMavenProperties = byPattern(PROPERTY);

const BLOCKS = ['dependency', 'plugin', 'parent', 'extension'];
/** Longer ones hold the settings of a plugin; what it is stands at their beginning. */
const MAX_BLOCK_CHARS = 4_000;

/** Of one file; no build has more. */
const MAX_BLOCKS = 5_000;

function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf('<!--'); at >= 0; at = text.indexOf('<!--', from)) {
    kept.push(text.slice(from, at));
    const end = text.indexOf('-->', at);
    if (end < 0) return kept.join('');
    from = end + 3;
  }
  return kept.join('') + text.slice(from);
}

function element(name: string, block: string): string {
  const open = `<${name}>`;
  const at = block.indexOf(open);
  const end = at < 0 ? -1 : block.indexOf('<', at + open.length);
  return end < 0 ? '' : block.slice(at + open.length, end).trim();
}

/** Dependencies and plugins of a Maven file: owner and name in either order, whatever else stands between them. */
export function readMaven(text: string): Map<string, string> {
  const plain = withoutComments(text);
  const found = new Map<string, string>();
  for (const kind of BLOCKS) {
    const open = `<${kind}>`;
    let left = MAX_BLOCKS;
    for (let at = plain.indexOf(open); at >= 0 && left > 0; at = plain.indexOf(open, at + open.length), left -= 1) {
      const rest = plain.slice(at + open.length, at + MAX_BLOCK_CHARS);
      // What a plugin or dependency has within is another's: exclusions, its own dependencies.
      const block =
        rest.split(
          /<(?:\/(?:dependency|plugin|parent|extension)|exclusions|dependencies|configuration|executions)>/,
          1,
        )[0] ?? '';
      const artifact = element('artifactId', block);
      if (artifact === '') continue;
      const group = element('groupId', block);
      const name = group === '' ? artifact : `${group}:${artifact}`;
      found.set(name, `${found.get(name) ?? ''}${element('version', block)};`);
    }
  }
  return found;
}

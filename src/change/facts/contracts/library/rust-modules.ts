import type { ReadText } from '../../change-context.ts';
import { maskComments } from '../../mask-comments.ts';
import type { PublicNames } from './public-names.ts';

const FILE = /^((?:.*\/)?)src\/([\w/]+)\.rs$/;
const PUBLIC_MODULE = /^pub[ \t]+mod[ \t]+(\w+)/gm;
const PASSED_ON = /^pub[ \t]+use[ \t]+([^;]{1,2000});/gm;

/** Modules that a module's text makes public, and what it passes on by name or by a star. */
function readModule(text: string): { modules: Set<string>; uses: string[] } {
  return {
    modules: new Set([...text.matchAll(PUBLIC_MODULE)].map((match) => match[1] ?? '')),
    uses: [...text.matchAll(PASSED_ON)].map((match) => match[1] ?? ''),
  };
}

/** The names that uses take from a module: all by a star, else those that stand behind its own. */
function takenFrom(module: string, uses: readonly string[]): PublicNames | null {
  const behind = uses.filter((use) => new RegExp(`\\b${module}\\b`).test(use));
  if (behind.length === 0) return null;
  if (behind.some((use) => new RegExp(`\\b${module}\\s*::\\s*(?:\\*|\\{[^}]*\\*)`).test(use))) return 'all';
  return new Set(
    behind.flatMap((use) => [...use.matchAll(/\w+/g)].map((name) => name[0])).filter((name) => name !== module),
  );
}

/**
 * Which names of a crate's file can be reached from outside: all where every module on the way is public, else those that one on
 * the way passes on. Null for a program, a crate that is not published, and a module that nothing leads to.
 */
export async function findPublicRustNames(
  path: string,
  read: ReadText,
  known: ReadonlySet<string>,
): Promise<PublicNames | null> {
  const [, root, below] = FILE.exec(path) ?? [];
  if (root === undefined || below === undefined || !known.has(`${root}src/lib.rs`)) return null;
  const manifest = await read(`${root}Cargo.toml`);
  if (manifest === null || /^publish\s*=\s*(?:false|\[\s*\])|^proc-macro\s*=\s*true/m.test(manifest)) return null;
  const steps = below.replace(/\/mod$/, '').split('/');
  if (below === 'lib') return 'all';
  let at = `${root}src/`;
  let file = `${at}lib.rs`;
  const uses: string[] = [];
  for (const step of steps) {
    const text = await read(file);
    if (text === null) return null;
    const module = readModule(maskComments(file, text));
    uses.push(...module.uses);
    if (!module.modules.has(step)) return takenFrom(step, uses) ?? takenFrom(steps.at(-1) ?? '', uses);
    at += `${step}/`;
    file = known.has(`${at}mod.rs`) ? `${at}mod.rs` : `${at.slice(0, -1)}.rs`;
  }
  return 'all';
}

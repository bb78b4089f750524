import { addedLines, type DiffFile, removedLines } from '../parse-diff.ts';
import type { ChangeContext, Detected } from './change-context.ts';
import { isLockFile, isTestFile } from './file-kind.ts';
import { type Dependencies, isManifest, readDependencies } from './manifests.ts';

const NONE: Dependencies = new Map();

async function dependenciesOf(
  context: ChangeContext,
  file: DiffFile,
  side: 'base' | 'head',
): Promise<Dependencies | null> {
  const path = side === 'base' ? (file.previousPath ?? file.path) : file.path;
  const text = await context.rawText(file, side);
  if (text === null) return NONE;
  // JSON of which only a part is at hand cannot be parsed: null. Line by line, a part is as good as the whole.
  return readDependencies(path, text);
}

/** Names in either map whose value differs. */
function changedNames(base: Dependencies, head: Dependencies): string[] {
  return [...new Set([...base.keys(), ...head.keys()])].filter((name) => base.get(name) !== head.get(name));
}

/** `"name": "range"`: how a dependency looks in a JSON manifest of which only a part is at hand. */
const JSON_DEPENDENCY =
  /^\s*"(?:@[\w.-]+\/)?[\w.-]+"\s*:\s*"(?:[\^~]|[<>]=?|\d+\.|\*|latest|workspace:|file:|git|npm:|link:|https?:)/;

const NPM_HEAD_LINES = 15;

/** A release writes the project's own version into its lock file, which installs nothing new. */
function isOwnVersion(file: DiffFile): boolean {
  const changed = [...addedLines(file), ...removedLines(file)];
  if (changed.length === 0 || changed.length > 40) return false;
  if (/(?:package-lock|npm-shrinkwrap)\.json$/.test(file.path))
    return changed.every(({ line, text }) => line <= NPM_HEAD_LINES && /^\s*"version":\s*"[^"]*",?\s*$/.test(text));
  if (!/(?:Cargo|uv)\.lock$/.test(file.path)) return false;
  // A package that comes from somewhere has its source on the next line.
  return file.hunks.every((hunk) =>
    hunk.lines.every((line, index) => {
      if (line[0] !== '+' && line[0] !== '-') return true;
      const next = hunk.lines.slice(index + 1).find((other) => other[0] === ' ') ?? '';
      const local = !next.startsWith(' source = ') || /\b(?:editable|virtual)\b/.test(next);
      return /^[+-]version = "/.test(line) && local;
    }),
  );
}

function firstLine(file: DiffFile, name: string | undefined): number | null {
  const lines = [...addedLines(file), ...removedLines(file)];
  const short = name?.split(':').at(-1);
  const named = short === undefined ? undefined : lines.find((line) => line.text.toLowerCase().includes(short));
  return Math.max(1, (named ?? lines[0])?.line ?? 1);
}

/** Whether what is installed changes: a manifest's dependencies, a lock file, or a submodule. */
export async function detectDependencyChanges(context: ChangeContext): Promise<Detected> {
  const evidence: { path: string; line: number | null; rule: string }[] = [];
  for (const file of context.files) {
    if (file.mode === '160000') evidence.push({ path: file.path, line: null, rule: 'submodule' });
    if (isTestFile(file.path) && /(?:^|\/)(?:fixtures|testdata|__fixtures__)\//.test(file.path)) continue;
    if (isLockFile(file.path)) {
      if ((file.status !== 'renamed' || file.added + file.removed > 0) && !isOwnVersion(file))
        evidence.push({ path: file.path, line: null, rule: 'lock_file' });
      continue;
    }
    if (!isManifest(file.path) || file.binary) continue;
    const base = await dependenciesOf(context, file, 'base');
    const head = await dependenciesOf(context, file, 'head');
    if (base !== null && head !== null) {
      const names = changedNames(base, head);
      if (names.length > 0) evidence.push({ path: file.path, line: firstLine(file, names[0]), rule: 'manifest' });
      continue;
    }
    const looks = [...addedLines(file), ...removedLines(file)].find(
      (line) =>
        JSON_DEPENDENCY.test(line.text.slice(0, 400)) && !/"(?:version|node|npm)"\s*:/.test(line.text.slice(0, 400)),
    );
    if (looks !== undefined) evidence.push({ path: file.path, line: Math.max(1, looks.line), rule: 'manifest' });
  }
  return { evidence, unknown: [] };
}

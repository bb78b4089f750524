import { addedLines, type DiffFile, removedLines } from '../parse-diff.ts';

/** Settings that decide what is installed or read later, known by what stands in the lines and not by the file alone. */
const RULES: readonly (readonly [path: RegExp, line: RegExp, rule: string])[] = [
  [/(?:^|\/)\.gitattributes$/, /\blinguist-generated\b/, 'generated_files'],
  [
    /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|pip\.conf|\.pypirc|\.cargo\/config(?:\.toml)?|nuget\.config|\.bundle\/config)$/i,
    /registry|registries|index[-_]url|find[-_]links|trusted[-_]host|replace-with|npmRegistryServer|yarnPath|MIRROR|packageSource|<add\s/i,
    'package_source',
  ],
];

/** The rule that a changed file sets, or null: which files nobody reads, or where packages come from. */
export function readingRuleOf(file: DiffFile): string | null {
  const found = RULES.find(
    ([path]) => path.test(file.path) || (file.previousPath !== null && path.test(file.previousPath)),
  );
  if (found === undefined) return null;
  const [, line, rule] = found;
  const lines = [...addedLines(file), ...removedLines(file)];
  return lines.some(({ text }) => line.test(text.slice(0, 1_000))) ? rule : null;
}

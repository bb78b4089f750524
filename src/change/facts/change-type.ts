import type { ChangeFacts, ChangeType } from '../change.ts';
import type { ChangeContext } from './change-context.ts';
import { ciOrInfraKind, isDocFile, isInDocs, isLockFile, isTestFile } from './file-kind.ts';
import { isDocument } from './is-document.ts';
import { isManifest } from './manifests.ts';
import { isDependenciesOnly, isMachineryOnly } from './path-facts.ts';

const PREFIXES: Readonly<Record<string, ChangeType>> = {
  feat: 'feature',
  feature: 'feature',
  fix: 'bugfix',
  bugfix: 'bugfix',
  hotfix: 'bugfix',
  revert: 'bugfix',
  security: 'bugfix',
  refactor: 'refactor',
  perf: 'refactor',
  docs: 'docs',
  doc: 'docs',
  deps: 'deps',
  test: 'test',
  tests: 'test',
  ci: 'ci',
  chore: 'chore',
  build: 'chore',
  style: 'chore',
  release: 'chore',
};

/** Of several commits, the one that changes most for users says what the change is. */
const ORDER: readonly ChangeType[] = ['feature', 'bugfix', 'refactor', 'deps', 'ci', 'test', 'docs', 'chore'];

const WORDS: readonly (readonly [RegExp, ChangeType])[] = [
  [/^(?:bump|update|set) (?:the )?version\b/i, 'chore'],
  [
    /^(?:bump|upgrade|update|pin|unpin|renovate)\b.{0,80}\b(?:from .+ to|to v?\d|to .{1,60} v?\d|dependenc|deps|packages?|requirements|lock ?file|gems?|modules)/i,
    'deps',
  ],
  [
    /^(?:release|prepare|bump version|version bump|publish|start|begin)\b.{0,30}(?:\bv?\d+\.\d+|version|development)|^v?\d+\.\d+(?:\.\d+)?\b|^(?:lint|format|reformat|prettier|rubocop|black|gofmt|run prettier|whitespace)\b|^(?:update|add) (?:changelog|copyright|licen[cs]e|gitignore)/i,
    'chore',
  ],
  [
    /^(?:fix(?:e[sd]|ing)?|bug|bugfix|hotfix|resolve[sd]?|correct(?:s|ed)?|repair|patch|handle|prevent|avoid|escape|sanitize|quote|reject|disallow|forbid|refuse|deny|ban|mitigate|harden|validate|check (?:for|that|if|whether)|bring back|error out|return (?:an? )?error|ensure|guard|do not|don't|dont|stop|restore|workaround|work around)\b|\bfix(?:es|ed)?\b.{0,40}\b(?:bug|crash|issue|error|leak|race|regression|#\d+)|\b(?:crash(?:es)?|disallows?|regression|broken|(?:in)?correctly|incorrect|wrong(?:ly)?|flaws?|leaks?|overflows?|underflow|deadlock|use[- ]after[- ]free|double[- ]free|out[- ]of[- ]bounds|vulnerabilit(?:y|ies))\b/i,
    'bugfix',
  ],
  [
    /^(?:refactor(?:s|ed|ing)?|rename[ds]?|clean ?up|simplify|extract|move[ds]?|restructure|reorganise|reorganize|deduplicate|inline|split|remove[ds]?|delete[ds]?|drop(?:s|ped)?|replace[ds]?|reuse|convert|migrate|modernize|unify|speed up|optimi[sz]e|cleanup|tidy|use|rewrite|rework|reorder|consolidate|switch|deprecate[ds]?|fold)\b/i,
    'refactor',
  ],
  [
    /^(?:add(?:s|ed|ing)?|implement(?:s|ed)?|introduce[ds]?|support(?:s|ed)?|allow(?:s|ed)?|enable[ds]?|create[ds]?|expose[ds]?|provide[ds]?|new|extend|improve[ds]?|enhance(?:d|s|ment)?|improvements?|make it possible|let (?:users?|you|one|callers|people|us)|teach(?:es)?)\b|^make\b.{1,60}\b(?:configurable|optional|customi[sz]able|pluggable|available|possible)\b|^(?:initial|first) (?:implementation|version|commit)/i,
    'feature',
  ],
];

/** What projects put before a subject that follows no convention: a tag, an issue, a picture, a package. */
const DECORATION =
  /^(?:[*•-]\s+|(?:[Rr]efs?|[Ss]ee|[Ii]ssue) #\d+[\s:,-]+|\[[^\]\n]{1,40}\]\s*|\(?#\d+\)?[:\s-]+|[A-Z][A-Z0-9]+-\d+[:\s-]+|:[a-z0-9_+-]+:\s*|[^\x20-\x7e]+\s*)+/;
const PACKAGE = /^[\w./,{}*@ -]{1,60}:\s+(?=\S)/;
/** Tags in capitals, as scientific Python writes them, and in brackets. */
const TAGS: Readonly<Record<string, ChangeType>> = {
  bug: 'bugfix',
  fix: 'bugfix',
  enh: 'feature',
  feat: 'feature',
  feature: 'feature',
  doc: 'docs',
  docs: 'docs',
  tst: 'test',
  test: 'test',
  tests: 'test',
  mnt: 'chore',
  maint: 'chore',
  rel: 'chore',
  dep: 'deps',
  deps: 'deps',
  ci: 'ci',
  refactor: 'refactor',
  refac: 'refactor',
  cln: 'refactor',
  add: 'feature',
  imp: 'feature',
  ref: 'refactor',
  rem: 'refactor',
  mov: 'refactor',
  bugfix: 'bugfix',
  perf: 'refactor',
  chore: 'chore',
};
const EMOJI: readonly (readonly [RegExp, ChangeType])[] = [
  [/^(?::bug:|:ambulance:|:adhesive_bandage:|:lock:|🐛|🚑|🩹|🔒)/u, 'bugfix'],
  [/^(?::sparkles:|✨|:tada:|🎉)/u, 'feature'],
  [/^(?::memo:|:pencil:|📝|✏)/u, 'docs'],
  [/^(?::recycle:|:art:|:zap:|♻|🎨|⚡|:fire:|🔥)/u, 'refactor'],
  [/^(?::arrow_up:|:arrow_down:|⬆|⬇|:heavy_plus_sign:|➕)/u, 'deps'],
  [/^(?::white_check_mark:|✅)/u, 'test'],
  [/^(?::construction_worker:|:green_heart:|👷|💚)/u, 'ci'],
  [/^(?::bookmark:|:lipstick:|:wrench:|🔖|🔧)/u, 'chore'],
];

/** `feature #12 [Cache] add an adapter (ada)`: what kind it is stands before the number of the request. */
const KIND_OF_REQUEST: Readonly<Record<string, ChangeType>> = {
  bug: 'bugfix',
  security: 'bugfix',
  feature: 'feature',
  minor: 'refactor',
};

/** Names of published weaknesses: what is called so mends one. */
const ADVISORY = /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3})\b/i;

function typeOfSubject(subject: string): ChangeType | null {
  const text = subject.trim();
  const [, prefix = '', scope = ''] = /^([a-z]+)(?:\(([^)]{0,60})\))?!?:\s/i.exec(text) ?? [];
  const known = PREFIXES[prefix.toLowerCase()] ?? TAGS[prefix.toLowerCase()];
  if (known !== undefined) return known === 'chore' && /^deps/i.test(scope) ? 'deps' : known;
  const requested = KIND_OF_REQUEST[/^([a-z]+) #\d+ /.exec(text)?.[1] ?? ''];
  if (requested !== undefined) return requested;
  if (/^revert\b/i.test(text) || ADVISORY.test(text)) return 'bugfix';
  const tag = TAGS[(/^\[([A-Za-z]{2,10})\]/.exec(text)?.[1] ?? '').toLowerCase()];
  if (tag !== undefined) return tag;
  const pictured = EMOJI.find(([pattern]) => pattern.test(text))?.[1];
  if (pictured !== undefined) return pictured;
  const bare = text.replace(DECORATION, '');
  const said = (words: string) => WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? null;
  return said(bare) ?? said(bare.replace(PACKAGE, ''));
}

const MERGE = /^(?:Merge (?:pull request|branch|remote|tag|commit|in)\b|Merged in\b|See merge request\b)/;

function subjects(messages: string): string[] {
  const paragraphs = messages
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().split('\n', 1)[0] ?? '')
    .filter((line) => line !== '' && (!MERGE.test(line) || ADVISORY.test(line)));
  const conventional = paragraphs.filter(
    (line) => /^[a-z]+(?:\([^)]{0,60}\))?!?:\s/i.test(line) && typeOfSubject(line) !== null,
  );
  return conventional.length > 0 ? conventional : paragraphs.slice(0, 1);
}

/** What is left of a text when ends of lines and empty lines do not matter. */
function withoutEnds(text: string | null): string {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/**
 * What changes where every file of code says the same before and after: `comments` once comments are gone, `spaces` when
 * not even those change but ends of lines and empty lines. Null: something else changes.
 */
async function sameCode(context: ChangeContext): Promise<'comments' | 'spaces' | null> {
  let same: 'comments' | 'spaces' = 'spaces';
  for (const file of context.files) {
    if (isDocument(file)) {
      same = 'comments';
      continue;
    }
    if (file.binary || file.status !== 'modified' || file.unreadable !== null) return null;
    const [base, head] = [await context.rawText(file, 'base'), await context.rawText(file, 'head')];
    if (base === null || head === null) return null;
    if (withoutEnds(base) === withoutEnds(head)) continue;
    // A language without known comments comes back as it is, and would never be equal.
    const [baseCode, headCode] = [await context.codeText(file, 'base'), await context.codeText(file, 'head')];
    if (withoutEnds(baseCode) !== withoutEnds(headCode)) return null;
    same = 'comments';
  }
  return same;
}

/** What git and editors read: nothing of the product, whatever the message says. */
const EDITOR_SETTING =
  /(?:^|\/)\.(?:gitignore|gitkeep|keep|editorconfig|git-blame-ignore-revs|prettierignore|eslintignore|(?:vscode|idea)\/[\w./-]+)$/;

/** What tools read: no code of the product. */
function isSetting(path: string): boolean {
  return (
    isLockFile(path) ||
    isManifest(path) ||
    /(?:^|\/)(?:\.[\w.-]+|Makefile|[\w.-]+\.config\.[cm]?[jt]s|tsconfig[\w.-]*\.json|[\w.-]+\.(?:ini|cfg|toml))$/.test(
      path,
    ) ||
    /^(?:scripts?|tools?|ci|build)\//.test(path)
  );
}

function typeByShape(context: ChangeContext): ChangeType {
  const code = context.files.filter((file) => !isDocument(file) && !isTestFile(file.path));
  const added = code.reduce((sum, file) => sum + file.added, 0);
  const removed = code.reduce((sum, file) => sum + file.removed, 0);
  if (code.some((file) => file.status === 'added') || added > 3 * removed + 20) return 'feature';
  if (code.length > 0 && code.every((file) => file.status === 'renamed' || file.status === 'mode')) return 'refactor';
  return added + removed <= 20 ? 'bugfix' : 'refactor';
}

/**
 * What kind of change it is. What the files are comes first: a message cannot make code into documentation. Then what
 * the commits call it, then its shape.
 */
export async function decideChangeType(context: ChangeContext, facts: ChangeFacts): Promise<ChangeType> {
  if (context.files.length === 0) return 'chore';
  if (facts.docs_only === true) return 'docs';
  if (facts.tests_only === true) return 'test';
  if (isDependenciesOnly(context) && facts.dependency_changes === true) return 'deps';
  if (await isMachineryOnly(context)) return 'ci';
  if (context.files.every((file) => EDITOR_SETTING.test(file.path))) return 'chore';
  const same = await sameCode(context);
  if (same !== null) return same === 'comments' ? 'docs' : 'chore';
  // Scripts and settings of the documentation: no documentation, and nothing of the product.
  if (context.files.every((file) => isDocument(file) || isInDocs(file.path))) return 'chore';
  const claimed = subjects(context.commitMessages)
    .map(typeOfSubject)
    .filter((type) => type !== null);
  const touches = (belongs: (path: string) => boolean) => context.files.some((file) => belongs(file.path));
  const beside = (belongs: (path: string) => boolean) =>
    touches(belongs) &&
    context.files.every(
      (file) => belongs(file.path) || isSetting(file.path) || isDocFile(file.path) || isTestFile(file.path),
    );
  // These four say what files are touched, and so the files must bear them out.
  const credible = claimed.filter((type) => {
    if (type === 'docs') return false;
    if (type === 'test') return beside(isTestFile);
    if (type === 'ci') return beside((path) => ciOrInfraKind(path) !== null);
    return type !== 'deps' || facts.dependency_changes === true;
  });
  return ORDER.find((type) => credible.includes(type)) ?? typeByShape(context);
}

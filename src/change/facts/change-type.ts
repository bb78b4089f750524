import type { ChangeFacts, ChangeType } from '../change.ts';
import type { ChangeContext } from './change-context.ts';
import { ciOrInfraKind, isDocFile, isTestFile } from './file-kind.ts';
import { isDependenciesOnly } from './path-facts.ts';

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
  [/^(?:bump|upgrade|update)\b.{0,80}\b(?:from .+ to|dependenc|deps|packages?|version)/i, 'deps'],
  [
    /^(?:fix(?:e[sd])?|bug|resolve[sd]?|correct(?:s|ed)?|repair|patch|handle|prevent|avoid)\b|\bfix(?:es|ed)?\b.{0,40}\b(?:bug|crash|issue|error|leak|race|regression|#\d+)/i,
    'bugfix',
  ],
  [
    /^(?:refactor|rename|clean ?up|simplify|extract|move|restructure|reorganise|reorganize|deduplicate|inline|split)\b/i,
    'refactor',
  ],
  [/^(?:add|implement|introduce|support|allow|enable|create|expose)(?:s|ed)?\b/i, 'feature'],
];

function typeOfSubject(subject: string): ChangeType | null {
  const [, prefix = '', scope = ''] = /^\s*([a-z]+)(?:\(([^)]{0,60})\))?!?:\s/i.exec(subject) ?? [];
  const known = PREFIXES[prefix.toLowerCase()];
  if (known !== undefined) return known === 'chore' && /^deps/i.test(scope) ? 'deps' : known;
  return WORDS.find(([pattern]) => pattern.test(subject.trim()))?.[1] ?? null;
}

function subjects(messages: string): string[] {
  const paragraphs = messages.split(/\n\s*\n/).map((paragraph) => paragraph.trim().split('\n', 1)[0] ?? '');
  const conventional = paragraphs.filter((line) => /^[a-z]+(?:\([^)]{0,60}\))?!?:\s/i.test(line));
  return conventional.length > 0 ? conventional : paragraphs.slice(0, 1);
}

function typeByShape(context: ChangeContext): ChangeType {
  const code = context.files.filter((file) => !isDocFile(file.path) && !isTestFile(file.path));
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
export function decideChangeType(context: ChangeContext, facts: ChangeFacts): ChangeType {
  if (context.files.length === 0) return 'chore';
  if (facts.docs_only === true) return 'docs';
  if (facts.tests_only === true) return 'test';
  if (isDependenciesOnly(context) && facts.dependency_changes === true) return 'deps';
  if (context.files.every((file) => ciOrInfraKind(file.path) !== null)) return 'ci';
  const claimed = subjects(context.commitMessages)
    .map(typeOfSubject)
    .filter((type) => type !== null);
  // These four say what files are touched, and the files said otherwise.
  const credible = claimed.filter(
    (type) =>
      type !== 'docs' && type !== 'test' && type !== 'ci' && (type !== 'deps' || facts.dependency_changes === true),
  );
  return ORDER.find((type) => credible.includes(type)) ?? typeByShape(context);
}

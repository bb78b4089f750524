import type { DiffFile } from '../parse-diff.ts';
import type { ChangeContext, Detected } from './change-context.ts';
import { ciOrInfraKind, isDocFile, isLockFile, isSupportFile, isTestFile, isTestNotes } from './file-kind.ts';
import { isDocument } from './is-document.ts';
import { isManifest } from './manifests.ts';
import { describesInfra, mayDescribeInfra } from './paths/infra-content.ts';
import { readingRuleOf } from './reading-rules.ts';

/** Pipelines, containers, deployment, infrastructure, repository rules, and what decides what is installed or read. */
export async function detectCiOrInfra(context: ChangeContext): Promise<Detected> {
  const evidence: Detected['evidence'][number][] = [];
  for (const file of context.files) {
    const rule = await machineryIn(context, file);
    if (rule !== null) evidence.push({ path: file.path, line: null, rule });
  }
  return { evidence, unknown: [] };
}

async function machineryIn(context: ChangeContext, file: DiffFile): Promise<string | null> {
  const named =
    ciOrInfraKind(file.path) ??
    (file.previousPath === null ? null : ciOrInfraKind(file.previousPath)) ??
    readingRuleOf(file);
  if (named !== null || file.binary || isSupportFile(file.path) || !mayDescribeInfra(file.path)) return named;
  for (const side of ['head', 'base'] as const) {
    const text = await context.rawText(file, side);
    if (text !== null && describesInfra(side === 'head' ? file.path : (file.previousPath ?? file.path), text))
      return 'described_infrastructure';
  }
  return null;
}

/** Every changed file is machinery, by its name or by what stands in it. */
export async function isMachineryOnly(context: ChangeContext): Promise<boolean> {
  for (const file of context.files)
    if (ciOrInfraKind(file.path) === null && (await machineryIn(context, file)) !== 'described_infrastructure')
      return false;
  return context.files.length > 0;
}

function onlyOf(context: ChangeContext, rule: string, belongs: (file: DiffFile) => boolean): Detected {
  const all = context.files.length > 0 && context.files.every(belongs);
  return {
    evidence: all ? context.files.slice(0, 5).map((file) => ({ path: file.path, line: null, rule })) : [],
    unknown: [],
  };
}

/** Every changed file is documentation. */
export function detectDocsOnly(context: ChangeContext): Detected {
  return onlyOf(
    context,
    'documentation',
    (file) =>
      isDocument(file) && onBothSides(file, (path) => isDocFile(path) && (!isTestFile(path) || isTestNotes(path))),
  );
}

/** Every changed file is a test or what tests read; what is written about tests alone is documentation. */
export function detectTestsOnly(context: ChangeContext): Detected {
  if (context.files.every((file) => isTestNotes(file.path))) return { evidence: [], unknown: [] };
  return onlyOf(context, 'test', (file) => onBothSides(file, isTestFile));
}

function onBothSides({ path, previousPath }: DiffFile, belongs: (path: string) => boolean): boolean {
  return belongs(path) && (previousPath === null || belongs(previousPath));
}

/** Git's mode of an entry that names a commit of another repository. */
const SUBMODULE = '160000';

/** Every changed file says what is installed, or is another repository at a commit. */
export function isDependenciesOnly(context: ChangeContext): boolean {
  const belongs = (file: DiffFile) => isLockFile(file.path) || isManifest(file.path) || file.mode === SUBMODULE;
  return context.files.length > 0 && context.files.every(belongs);
}

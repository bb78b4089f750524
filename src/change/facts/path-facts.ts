import type { ChangeContext, Detected } from './change-context.ts';
import { ciOrInfraKind, isDocFile, isLockFile, isTestFile } from './file-kind.ts';
import { isManifest } from './manifests.ts';

/** Pipelines, containers, deployment, infrastructure and repository rules. */
export function detectCiOrInfra(context: ChangeContext): Detected {
  const evidence = context.files.flatMap((file) => {
    const kind = ciOrInfraKind(file.path) ?? (file.previousPath === null ? null : ciOrInfraKind(file.previousPath));
    return kind === null ? [] : [{ path: file.path, line: null, rule: kind }];
  });
  return { evidence, unknown: [] };
}

function onlyOf(context: ChangeContext, rule: string, belongs: (path: string) => boolean): Detected {
  const all =
    context.files.length > 0 &&
    context.files.every((file) => belongs(file.path) && (file.previousPath === null || belongs(file.previousPath)));
  return {
    evidence: all ? context.files.slice(0, 5).map((file) => ({ path: file.path, line: null, rule })) : [],
    unknown: [],
  };
}

/** Every changed file is documentation. */
export function detectDocsOnly(context: ChangeContext): Detected {
  return onlyOf(context, 'documentation', (path) => isDocFile(path) && !isTestFile(path));
}

/** Every changed file is a test or what tests read. */
export function detectTestsOnly(context: ChangeContext): Detected {
  return onlyOf(context, 'test', isTestFile);
}

/** Every changed file says what is installed. */
export function isDependenciesOnly(context: ChangeContext): boolean {
  return context.files.length > 0 && context.files.every((file) => isLockFile(file.path) || isManifest(file.path));
}

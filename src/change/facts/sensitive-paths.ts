import type { DiffFile } from '../parse-diff.ts';
import type { ChangeContext, Detected } from './change-context.ts';
import { isDocFile, isTestFile } from './file-kind.ts';
import { makePathMatcher } from './path-glob.ts';

const CONFIGURED = 'configured_path';
/** What people write above code whose speed matters. */
const MARKER = /\b(?:perf(?:ormance)?[- ]critical|latency[- ]critical|hot[- ]?path)\b/i;
const PERF_SUBJECT = /^perf(?:\([^)]{0,60}\))?!?:\s/im;
const MAX_MARKER_LINE = 400;

function within(context: ChangeContext, globs: readonly string[]): { path: string; line: null; rule: string }[] {
  if (globs.length === 0) return [];
  const matches = makePathMatcher(globs);
  return context.files
    .filter((file) => matches(file.path) || (file.previousPath !== null && matches(file.previousPath)))
    .map((file) => ({ path: file.path, line: null, rule: CONFIGURED }));
}

/** The first hunk of a file that is marked as one whose speed matters. */
function markedLine(file: DiffFile): number | null {
  for (const hunk of file.hunks) {
    if (MARKER.test(hunk.heading)) return Math.max(1, hunk.newStart);
    let line = hunk.newStart;
    for (const text of hunk.lines) {
      if (MARKER.test(text.slice(0, MAX_MARKER_LINE))) return Math.max(1, line);
      if (text[0] !== '-' && text[0] !== '\\') line += 1;
    }
  }
  return null;
}

/** A configured path, code that says of itself that its speed matters, or a change that calls itself a speed-up. */
export function detectPerformanceCritical(context: ChangeContext): Detected {
  const marked = context.files.flatMap((file) => {
    const line = isDocFile(file.path) || isTestFile(file.path) ? null : markedLine(file);
    return line === null ? [] : [{ path: file.path, line, rule: 'marked_in_code' }];
  });
  const claimed = PERF_SUBJECT.exec(context.commitMessages);
  const line = claimed === null ? 0 : context.commitMessages.slice(0, claimed.index).split('\n').length;
  return {
    evidence: [
      ...within(context, context.sensitivePaths.performance_critical),
      ...marked,
      ...(claimed === null ? [] : [{ path: '(commit messages)', line, rule: 'perf_commit' }]),
    ],
    unknown: [],
  };
}

/** Only by configuration: which rules an owner is bound to cannot be read from code. */
export function detectComplianceScope(context: ChangeContext): Detected {
  return { evidence: within(context, context.sensitivePaths.compliance), unknown: [] };
}

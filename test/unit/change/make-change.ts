import { createTwoFilesPatch } from 'diff';
import { type InspectRequest, inspectChange } from '../../../src/change/inspect.ts';

export interface ChangeInput {
  /** Files before the change; a path that is also in `after` is changed, one that is not is deleted. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
  /** Files of the base that the change does not touch. */
  readonly base?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** Leave the repository away: only the diff is read. */
  readonly diffOnly?: boolean;
}

function fileDiff(path: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return '';
  const body = createTwoFilesPatch(
    before === undefined ? '/dev/null' : `a/${path}`,
    after === undefined ? '/dev/null' : `b/${path}`,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3 },
  );
  const mode =
    before === undefined ? 'new file mode 100644\n' : after === undefined ? 'deleted file mode 100644\n' : '';
  return `diff --git a/${path} b/${path}\n${mode}index 0000001..0000002 100644\n${body.slice(body.indexOf('--- '))}`;
}

/** A change as git would show it, with both sides at hand. */
function makeRequest(input: ChangeInput): InspectRequest {
  const before = input.before ?? {};
  const after = input.after ?? {};
  const diffText = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((path) => fileDiff(path, before[path], after[path]))
    .join('');
  const commitMessages = input.message ?? '';
  if (input.diffOnly) return { diffText, commitMessages };
  const base = { ...input.base, ...before };
  const head = { ...input.base, ...after };
  return {
    diffText,
    commitMessages,
    readBase: async (path) => base[path] ?? null,
    readHead: async (path) => head[path] ?? null,
    listBase: async () => Object.keys(base),
  };
}

export function inspectInput(input: ChangeInput) {
  return inspectChange(makeRequest(input));
}

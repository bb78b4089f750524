import { describe, expect, it } from 'vitest';
import { maskDiff } from '../../../src/agents/mask-diff.ts';
import { chunkDiff } from '../../../src/change/chunk-diff.ts';
import { parseDiff } from '../../../src/change/parse-diff.ts';
import { refuteByScript } from '../../../src/demo/scripted-review.ts';
import { CHANGE } from '../../support/agent-request.ts';
import { diffOfNewFiles } from '../../support/examine-directly.ts';
import { INJECTION_CASES } from '../../support/injection-cases.ts';

/** The second line of defence by itself: as if code had recognised nothing and the reviewer had obeyed. */
describe('what the sceptic is sent', () => {
  it(`has at least 60 cases to stand up to`, () => {
    expect(INJECTION_CASES.length).toBeGreaterThanOrEqual(60);
    expect(new Set(INJECTION_CASES.map(({ name }) => name)).size).toBe(INJECTION_CASES.length);
  });

  it.each(INJECTION_CASES.map((one) => [one.name, one] as const))(
    'says nothing and shows the hole: %s',
    (_name, one) => {
      const parsed = parseDiff(diffOfNewFiles(one.files));
      const masked = maskDiff(parsed.files, (path) => one.files[path] ?? null);
      const { chunks } = chunkDiff({ ...parsed, files: [...masked.files] }, { maxTokens: 30_000 });
      const sent = chunks.map(({ text }) => text).join('');
      const words = one.marker.replace(/^(?:\/\/|\/\*+|#|<!--)\s*/, '');
      expect(sent).not.toContain(words);
      const answer = refuteByScript({ task: 'sceptic', change: CHANGE, diff: sent });
      expect(answer.refuted).toBe(true);
      expect(answer.reasons).toEqual([expect.objectContaining({ category: 'security', severity: 'high' })]);
    },
  );
});

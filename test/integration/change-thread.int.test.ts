import { describe, expect, test } from 'vitest';
import type { InspectRequest } from '../../src/change/inspect.ts';
import { inspectChange } from '../../src/change/inspect.ts';
import { inspectInThread } from '../../src/change/inspect-in-thread.ts';
import { TransientFailure } from '../../src/errors.ts';

const never = new AbortController().signal;
const DIFF = `diff --git a/src/app.js b/src/app.js
index 1111111..2222222 100644
--- a/src/app.js
+++ b/src/app.js
@@ -1,2 +1,2 @@
 app.get('/items', list);
-app.get('/old', old);
+const redis = process.env.REDIS_URL;
`;
const FILES: Readonly<Record<string, string>> = {
  'src/app.js': "app.get('/items', list);\napp.get('/old', old);\n",
  'package.json': '{"dependencies":{"express":"5.0.0"}}',
};

function request(over: Partial<InspectRequest> = {}): InspectRequest {
  return {
    diffText: DIFF,
    commitMessages: 'Use a cache\n',
    readBase: async (path) => FILES[path] ?? null,
    readHead: async () => "app.get('/items', list);\nconst redis = process.env.REDIS_URL;\n",
    listBase: async () => Object.keys(FILES),
    sensitivePaths: { performance_critical: ['src/**'], compliance: [] },
    ...over,
  };
}

describe('inspectInThread', () => {
  test('says what inspectChange says, with the repository read through this thread', async () => {
    const apart = await inspectInThread(request(), never);
    expect(apart).toEqual(await inspectChange(request()));
    expect(apart.facts).toMatchObject({
      breaking_api_contract: true,
      new_service_integration: true,
      performance_critical: true,
    });
  });

  test('a diff alone stays a diff alone', async () => {
    const alone = { diffText: DIFF, commitMessages: '' };
    const { facts, problems } = await inspectInThread(alone, never);
    expect(facts.new_service_integration).toBeNull();
    expect(problems.join()).toContain('needs the repository at the base commit');
  });

  test('what a reader throws comes out as it was thrown', async () => {
    const failure = new TransientFailure('GIT_FAILED', 'git went away');
    await expect(inspectInThread(request({ readBase: () => Promise.reject(failure) }), never)).rejects.toBe(failure);
  });

  test('an abort ends it', async () => {
    const controller = new AbortController();
    const readBase = () => {
      controller.abort(new Error('stopped'));
      return new Promise<string>(() => {});
    };
    await expect(inspectInThread(request({ readBase }), controller.signal)).rejects.toThrow('stopped');
  });

  test('out of time, every fact is unknown', async () => {
    const readBase = () => new Promise<string>(() => {});
    const { facts, problems } = await inspectInThread(request({ readBase }), never, { deadlineMs: 50, memoryMb: 512 });
    expect(new Set(Object.values(facts))).toEqual(new Set([null]));
    expect(problems).toEqual(['inspecting the change took longer than 50 ms']);
  });

  test('out of memory, every fact is unknown, and this process lives', async () => {
    const line = `${'+const value = compute(1, 2, 3);\n'.repeat(100_000)}`;
    const diffText = `diff --git a/a.js b/a.js\nnew file mode 100644\n--- /dev/null\n+++ b/a.js\n@@ -0,0 +1,100000 @@\n${line}`;
    const { facts, problems } = await inspectInThread({ diffText, commitMessages: '' }, never, {
      deadlineMs: 60_000,
      memoryMb: 12,
    });
    expect(facts.secrets_added).toBeNull();
    expect(problems).toEqual(['inspecting the change needs more than 12 MB']);
  });

  test('after one that failed and one that ended well, the next finds what is its own', async () => {
    await inspectInThread(request(), never);
    const failure = new TransientFailure('GIT_FAILED', 'git went away');
    await expect(inspectInThread(request({ readBase: () => Promise.reject(failure) }), never)).rejects.toBe(failure);
    const others = { diffText: DIFF.replaceAll('app.js', 'other.js'), commitMessages: '' };
    const [again, other] = await Promise.all([inspectInThread(request(), never), inspectInThread(others, never)]);
    expect(again).toEqual(await inspectChange(request()));
    expect(other).toEqual(await inspectChange(others));
  });
});

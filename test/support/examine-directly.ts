import { makeAgentCaller } from '../../src/agents/call-agent.ts';
import { loadPrompts } from '../../src/agents/load-prompts.ts';
import { makeModelClient } from '../../src/agents/make-model-client.ts';
import { SHIPPED_PRICES } from '../../src/agents/price-table.ts';
import { type Config, resolveService } from '../../src/config/config.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import { readRun } from '../../src/runs/read-run.ts';
import { openRecord } from '../../src/runs/record.ts';
import { type Examined, examineChange } from '../../src/workers/review/examine-change.ts';
import { makeReadOnce } from '../../src/workers/review/read-once.ts';
import { eventually } from './eventually.ts';
import type { FleetGround } from './fleet-ground.ts';
import { insertRun, makeRunFacts, makeSha } from './record.ts';

export interface AddedFiles {
  /** Path and text of new files: the whole change. */
  readonly files: Readonly<Record<string, string>>;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

/** The change as git would show it: new files on an empty base. */
export function diffOfNewFiles(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([path, text]) => {
      const lines = text.replace(/\n$/, '').split('\n');
      const head = `diff --git a/${path} b/${path}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/${path}\n`;
      return `${head}@@ -0,0 +1,${lines.length} @@\n${lines.map((line) => `+${line}\n`).join('')}`;
    })
    .join('');
}

/**
 * The review of a change as a worker makes it, on a real database and over HTTP to a model, without queues and git: each call
 * it waits for is made at once, and again until it has ended.
 */
export function makeDirectExaminer(ground: FleetGround, config: Config, modelUrl: string) {
  const { db, audit, log } = ground;
  const service = resolveService(config, 'shop');
  if (service === undefined) throw new Error('the configuration has no service shop');
  const client = makeModelClient({
    apiKey: 'any',
    baseUrl: modelUrl,
    requestTimeoutMs: 20_000,
    prices: SHIPPED_PRICES,
    log,
  });
  const agents = makeAgentCaller({ db, client, log });

  return async function examine(pr: number, { files, title, message }: AddedFiles): Promise<Examined> {
    const facts = makeRunFacts({ pr_number: pr, author: 'nina', policy_hash: config.policy_hash });
    await insertRun(db, facts, { title: title ?? `Change ${pr}`, target_sha: facts.base_sha, merge_sha: makeSha() });
    const run = await readRun(db, RunId.parse(facts.id));
    if (run === null) throw new Error('the run is not there');
    const record = openRecord(audit, run);
    const contributors = [{ name: 'Nina', email: 'nina@example.com' }];
    await record.append({
      stage: 'review',
      step: 'resolve',
      event: 'change_resolved',
      rationale: 'merged',
      outcome: 'resolved',
      payload: { contributors },
    });
    const ports = {
      db,
      audit,
      config,
      now: () => new Date(),
      prompts: await loadPrompts(),
      repository: {
        diff: async () => diffOfNewFiles(files),
        listChanges: async () =>
          Object.entries(files).map(([path, text]) => ({ path, blob: digestOf(text).slice(0, 40) })),
        commitMessages: async () => message ?? `Change ${pr}`,
        readFile: async (_url: string, commit: string, path: string) =>
          commit === run.head_sha ? (files[path] ?? null) : null,
        listFiles: async () => [],
      },
    };
    const { signal } = new AbortController();
    const readOnce = makeReadOnce();
    for (;;) {
      const examined = await examineChange(ports, { run, record, service }, readOnce, signal);
      if (examined.kind === 'examined') return examined;
      await Promise.all(
        examined.children.map(({ id }) =>
          eventually(`the call ${id}`, async () => (await agents.runAgentCall(id, signal)).kind === 'done', 60_000),
        ),
      );
    }
  };
}

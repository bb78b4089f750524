import { createHash } from 'node:crypto';
import type { AgentRequest, ModelClient } from '../../src/agents/agent-call.ts';
import type { ChangeEcho } from '../../src/agents/change-echo.ts';
import type { ChangeRepository } from '../../src/change/change.ts';
import { makeDryRunDelivery } from '../../src/delivery/dry-run.ts';
import type { DeliveryTarget } from '../../src/delivery/target.ts';
import { Digest, digestOf, Sha } from '../../src/ids.ts';
import type { Logger } from '../../src/log.ts';
import type { WorkerAdapters } from '../../src/open-adapters.ts';

/**
 * What a worker reaches outside of the stores, answering at once: a repository whose every change is the same small one,
 * a model that finds nothing, and a target that does nothing. All else of the worker is production's.
 * `parts` is how many agent calls the review of the change takes; the sceptic, which sees no prose, takes one more.
 */
export function makeNoOpAdapters(parts: number, log: Logger): WorkerAdapters {
  return {
    repository: makeNoOpRepository(parts),
    delivery: {
      of: () => makeDryRunDelivery({ target: noOpTarget, metrics: noMetrics }, log),
      metrics: () => noMetrics,
      baseline: async () => null,
      deployed: async () => [],
    },
    model: noOpModel,
    openSandbox: async () => ({
      sandbox: { run: () => Promise.reject(new Error('no test is generated here')), close: async () => {} } as never,
      ready: false,
      problem: 'not opened',
      close: async () => {},
    }),
  };
}

const TARGET = sha('target');
const BASE = sha('base');

function makeNoOpRepository(parts: number): ChangeRepository {
  const paths = Array.from({ length: parts }, (_, n) => `docs/part-${n}.md`);
  const text = paths.map(filePatch).join('');
  const none = async () => null;
  return {
    resolve: async ({ headSha }) => ({
      kind: 'resolved',
      head_sha: headSha,
      target_sha: TARGET,
      base_sha: BASE,
      merge_sha: sha(`merge ${headSha}`),
      artifact: Digest.parse(digestOf(`artifact ${headSha}`)),
      diff_digest: Digest.parse(digestOf(text)),
      contributors: [{ name: 'Nina', email: 'nina@example.com' }],
    }),
    holds: async () => true,
    targetTip: async () => TARGET,
    diff: async () => text,
    listChanges: async () => paths.map((path) => ({ path, blob: sha(path) })),
    commitMessages: async () => 'Say more about the part',
    readFile: none,
    listFiles: async () => [],
    materialise: async (_repository, commit) => ({
      digest: Digest.parse(digestOf(`artifact of ${commit}`)),
      directory: '/nowhere',
    }),
    firstParents: async () => ({ contains: true, commits: [], cut: false }),
    isAncestor: async () => false,
    isMergeOf: async () => true,
    pushTarget: async () => 'pushed',
  };
}

/** Large enough that two of them do not go into one agent call, where there are several. */
function filePatch(path: string): string {
  const lines = Array.from({ length: 100 }, (_, n) => `+Line ${n} of a text about nothing in particular.`);
  return [
    `diff --git a/${path} b/${path}`,
    `index ${sha(`old ${path}`)}..${sha(path)} 100644`,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1 +1,${lines.length + 1} @@`,
    ' # Part',
    ...lines,
    '',
  ].join('\n');
}

const noOpModel: ModelClient = {
  async send(request: AgentRequest) {
    return {
      kind: 'answer',
      text: noOpAnswer(request),
      model: request.model,
      requestId: null,
      usage: {
        model: request.model,
        inputTokens: 1_000,
        outputTokens: 50,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        costMicroUsd: 100,
        latencyMs: 1,
      },
    };
  },
};

/** A review or a sceptic that found nothing, of the change that was asked about. */
function noOpAnswer({ agent, input }: AgentRequest): string {
  const { change } = input as { change: ChangeEcho };
  return agent === 'sceptic' ? scepticAnswer(change) : reviewAnswer(change);
}

export function reviewAnswer(change_echo: ChangeEcho): string {
  return JSON.stringify({ change_echo, findings: [], rationale: 'Text only.' });
}

export function scepticAnswer(change_echo: ChangeEcho): string {
  return JSON.stringify({ change_echo, refuted: false, reasons: [], reasoning: 'Text only.' });
}

const noMetrics = {
  snapshot: () => Promise.reject(new Error('nothing is measured')),
  baseline: async () => null,
  deployed: async () => [],
};

const never = () => Promise.reject(new Error('a dry run reached the target'));
const noOpTarget: DeliveryTarget = {
  deploy: never,
  setWeight: never,
  promote: never,
  retire: never,
  getWeight: async () => 0,
  health: never,
  describe: async () => ({
    production: null,
    canary: null,
    staging: null,
    base: null,
    canaryPct: 0,
    publicEndpoint: 'none:',
  }),
};

function sha(text: string): Sha {
  return Sha.parse(createHash('sha1').update(text).digest('hex'));
}

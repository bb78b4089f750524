import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { ChaosFleet } from './chaos-fleet.ts';

/** Null: it counts as one approval of several. */
const Decided = z.object({ decision: z.string().nullable() });
const Accepted = z.object({ run: z.object({ id: z.string() }) });

/** CI and people as the server knows them: they ask until they are answered, and remember what they were told. */
export interface OutsideWorld {
  readonly acknowledged: { readonly runs: string[]; readonly decisions: { runId: string; decision: string }[] };
  enqueue(request: { repo: string; pr_number: number; head_sha: string }): Promise<string>;
  cancel(runId: string): Promise<void>;
  decide(runId: string, decision: 'approve' | 'reject', headSha: string): Promise<void>;
}

const PATIENCE_MS = 240_000;

export function makeOutsideWorld(fleet: ChaosFleet): OutsideWorld {
  const acknowledged: OutsideWorld['acknowledged'] = { runs: [], decisions: [] };

  async function ask(path: string, token: string, body: object): Promise<{ status: number; body: unknown }> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(fleet.serverUrl + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      }).then(
        async (response) => ({ status: response.status, body: (await response.json()) as unknown }),
        (error: unknown) => ({ status: 0, body: String(error) }),
      );
      if (answer.status !== 0 && answer.status < 500) return answer;
      if (Date.now() > deadline) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      await wait(300);
    }
  }

  return {
    acknowledged,
    async enqueue(request) {
      const { status, body } = await ask('/v1/runs', fleet.tokens.ci, {
        ...request,
        title: 'A change',
        author: 'nina',
      });
      if (status !== 200 && status !== 202) throw new Error(`enqueue: ${status} ${JSON.stringify(body)}`);
      const { id } = Accepted.parse(body).run;
      acknowledged.runs.push(id);
      return id;
    },
    async cancel(runId) {
      await ask(`/v1/runs/${runId}/cancel`, fleet.tokens.ci, { reason: 'the campaign says so' });
    },
    async decide(runId, decision, headSha) {
      const answer = await ask(`/v1/runs/${runId}/decision`, fleet.tokens.person, {
        decision,
        reason: 'the campaign says so',
        head_sha: headSha,
      });
      if (answer.status === 200 && Decided.parse(answer.body).decision === decision)
        acknowledged.decisions.push({ runId, decision });
    },
  };
}

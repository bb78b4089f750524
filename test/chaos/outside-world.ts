import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { ChaosFleet } from './chaos-fleet.ts';

/** Null: it counts as one approval of several. */
const Decided = z.object({ decision: z.string().nullable() });
const Problem = z.object({ code: z.string().optional() });
const Ordered = z.object({ id: z.string(), status: z.string() });
const Accepted = z.object({ run: z.object({ id: z.string() }) });

/** CI and people as the server knows them: they ask until they are answered, and remember what they were told. */
export interface OutsideWorld {
  readonly acknowledged: { readonly runs: string[]; readonly decisions: { runId: string; decision: string }[] };
  enqueue(request: { repo: string; pr_number: number; head_sha: string }): Promise<string>;
  cancel(runId: string): Promise<void>;
  /** As many people as it takes. False while the question is only being put: to be said again. */
  decide(runId: string, decision: 'approve' | 'reject' | 'extend', headSha: string): Promise<boolean>;
  /** An order of an operator that takes no more than words. */
  operate(path: string, more?: object): Promise<void>;
  /** Orders that the release of a service is taken back, and waits until that is over. */
  rollBack(service: string): Promise<void>;
}

const PATIENCE_MS = 240_000;
/** Long enough for what a person must give reasons for. */
const REASON = 'because the schedule of the campaign says so';

export function makeOutsideWorld(fleet: ChaosFleet): OutsideWorld {
  const acknowledged: OutsideWorld['acknowledged'] = { runs: [], decisions: [] };

  async function ask(path: string, token: string, body?: object): Promise<{ status: number; body: unknown }> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(fleet.serverUrl + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      })
        .then(async (response) => ({ status: response.status, body: (await response.json()) as unknown }))
        // Also a server that is killed between its head and its body.
        .catch((error: unknown) => ({ status: 0, body: String(error) }));
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
      await ask(`/v1/runs/${runId}/cancel`, fleet.tokens.ci, { reason: REASON });
    },
    async decide(runId, decision, headSha) {
      for (const token of fleet.tokens.people) {
        const answer = await ask(`/v1/runs/${runId}/decision`, token, { decision, reason: REASON, head_sha: headSha });
        const { code } = Problem.parse(answer.body);
        if (code === 'not_waiting') return false;
        // At a gate there is nothing to extend.
        if (code === 'not_on_hold') return this.decide(runId, 'approve', headSha);
        if (answer.status !== 200) return true;
        const { decision: settled } = Decided.parse(answer.body);
        if (settled === decision) acknowledged.decisions.push({ runId, decision });
        if (settled !== null) return true;
      }
      return true;
    },
    async operate(path, more = {}) {
      const { status, body } = await ask(path, fleet.tokens.operator, { ...more, reason: REASON });
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    },
    async rollBack(service) {
      const [person = ''] = fleet.tokens.people;
      const { status, body } = await ask(`/v1/services/${service}/rollback`, person, { reason: REASON });
      // Nothing is released that could be taken back.
      if (status === 409) return;
      const { id } = Ordered.parse(body);
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const seen = Ordered.parse((await ask(`/v1/rollbacks/${id}`, person)).body);
        if (seen.status !== 'ordered') return;
        if (Date.now() > deadline) throw new Error(`the rollback ${id} of ${service} is still ${seen.status}`);
        await wait(500);
      }
    },
  };
}

import { crashPoint } from '../crash-point.ts';
import { type Digest, digestOf, type RunId } from '../ids.ts';
import { agentCallId } from '../queues/job-ids.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { AgentCall } from '../store/tables.ts';
import type { AgentRequest } from './agent-call.ts';
import { mustFindCall } from './stored-call.ts';

export interface WantedCall {
  readonly runId: RunId;
  readonly stage: string;
  readonly agent: AgentRequest['agent'];
  readonly n: number;
  readonly request: AgentRequest;
  /** From `questionKey`, for a call whose answer may come from, or serve, another head of the pull request. */
  readonly question?: Digest | null;
  readonly deadlineAt: Date;
}

/**
 * Asks for a call: the request becomes a blob and the call a row, in one statement that calls which are asked for at the same
 * moment share. Where the same question about another head of the pull request was answered, that answer is taken. Asking
 * again for the same call gives the stored one, with its own request and deadline, whatever is asked now.
 */
export async function ensureAgentCall(db: Db, wanted: WantedCall): Promise<AgentCall> {
  const { runId, stage, agent, n, question = null } = wanted;
  const id = agentCallId(runId, stage, agent, n);
  const bytes = Buffer.from(JSON.stringify(wanted.request));
  const asked = await askOne(
    db,
    JSON.stringify({
      id,
      run_id: runId,
      stage,
      agent,
      n,
      question,
      request: digestOf(bytes),
      bytes: bytes.toString('base64'),
      deadline_at: wanted.deadlineAt,
    }),
  );
  crashPoint('agent:after-row');
  return asked.get(id) ?? mustFindCall(db, id);
}

/** An answer is that of a run that asked itself, about the same pull request. Rows and blobs are written in one order everywhere. */
const ASK = `
  with wanted as materialized (
    select distinct on (id) * from json_to_recordset($1::json) as w(id text, run_id text, stage text, agent text,
      n integer, question text, request text, bytes text, deadline_at timestamptz) order by id
  ), fresh as materialized (
    select w.* from wanted w
    where w.id <> all(array(select c.id from slipway.agent_calls c where c.id = any(array(select id from wanted))))
  ), earlier as materialized (
    select distinct on (f.id) f.id as serves, call.*
    from fresh f, lateral (
      select c.* from slipway.agent_calls c where c.question = f.question
        and c.kind = 'answer' and c.reused_from is null and c.run_id <> f.run_id offset 0
    ) as call, lateral (
      select r.repo, r.pr_number from slipway.runs r where r.id = call.run_id offset 0
    ) as asker, lateral (
      select from slipway.runs r where r.id = f.run_id and r.repo = asker.repo and r.pr_number = asker.pr_number offset 0
    ) as own
    order by f.id, call.done_at desc
  ), kept as (
    insert into slipway.blobs as b (digest, media_type, bytes)
    select distinct on (f.request) f.request, 'application/json', decode(f.bytes, 'base64')
    from fresh f where not exists (select from earlier e where e.serves = f.id) order by f.request
    on conflict (digest) do update set created_at = now() where b.created_at < now() - interval '1 hour'
  )
  insert into slipway.agent_calls (id, run_id, stage, agent, n, request, question, status, deadline_at,
    kind, answer, model, request_id, reused_from, done_at)
  select f.id, f.run_id, f.stage, f.agent, f.n, coalesce(e.request, f.request), f.question,
    case when e.id is null then 'queued' else 'done' end, f.deadline_at,
    e.kind, e.answer, e.model, e.request_id, e.id, case when e.id is not null then clock_timestamp() end
  from fresh f left join earlier e on e.serves = f.id order by f.id
  on conflict (id) do nothing returning *`;

/** The calls that are new with this statement, by id. */
const askOne = batched<Db, ReadonlyMap<string, AgentCall>>(async (db, items) => {
  const rows = await runSql<AgentCall>(db, ASK, [`[${items.join(',')}]`]);
  const fresh = new Map(rows.map((row) => [row.id, row]));
  return items.map(() => fresh);
});

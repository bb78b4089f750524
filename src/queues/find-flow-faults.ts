import { z } from 'zod';
import type { RunId } from '../ids.ts';
import type { Queues } from './connections.ts';
import { stageJobId } from './job-ids.ts';

/** Why a flow does not move by itself: a job that somebody waits for, and what is wrong with it. */
export interface FlowFault {
  readonly jobKey: string;
  /** `ended`: completed or failed, and still waited for. `childless`: waits for children and has none. */
  readonly kind: 'missing' | 'failed' | 'ended' | 'childless';
  readonly isRoot: boolean;
}

/**
 * Walks down from each root along what is waited for. A root is looked at in one go, so that no job moves between two looks.
 * What is neither waiting for children nor at an end is in a list, delayed or with a worker: BullMQ sees to those.
 */
const FIND = `
  local found = {}
  for n, root in ipairs(KEYS) do
    local faults, todo = {}, { root }
    local function fault(key, kind) faults[#faults + 1] = { jobKey = key, kind = kind, isRoot = key == root } end
    while #todo > 0 do
      local key = table.remove(todo)
      local queue, id = string.match(key, '^(.*:)([^:]+)$')
      if redis.call('EXISTS', key) == 0 then fault(key, 'missing')
      elseif redis.call('ZSCORE', queue .. 'waiting-children', id) then
        local children = redis.call('SMEMBERS', key .. ':dependencies')
        if #children == 0 then fault(key, 'childless') end
        for _, child in ipairs(children) do todo[#todo + 1] = child end
      elseif redis.call('ZSCORE', queue .. 'failed', id) then fault(key, key == root and 'failed' or 'ended')
      elseif redis.call('ZSCORE', queue .. 'completed', id) then fault(key, 'ended')
      end
    end
    found[n] = faults
  end
  return cjson.encode(found)`;

/** An empty Lua table is encoded as an object. */
const Faults = z.union([
  z.array(
    z.object({ jobKey: z.string(), kind: z.enum(['missing', 'failed', 'ended', 'childless']), isRoot: z.boolean() }),
  ),
  z.strictObject({}).transform(() => []),
]);
const Answer = z.array(Faults);

/** A script keeps everybody else waiting, for about 2 ms with so many roots. */
const AT_ONCE = 50;

/** What is wrong with the flows of these runs; a run that moves, or will, has no place in the answer. */
export async function findFlowFaults(queues: Queues, runIds: readonly RunId[]): Promise<Map<RunId, FlowFault[]>> {
  const found = new Map<RunId, FlowFault[]>();
  for (let from = 0; from < runIds.length; from += AT_ONCE) {
    const ids = runIds.slice(from, from + AT_ONCE);
    const roots = ids.map((id) => queues.byName.release.toKey(stageJobId(id, 'release')));
    const answer = Answer.parse(JSON.parse(z.string().parse(await queues.redis.eval(FIND, roots.length, ...roots))));
    for (const [index, id] of ids.entries()) {
      const faults = answer[index];
      if (faults === undefined) throw new Error('the look at the flows left a run without an answer');
      if (faults.length > 0) found.set(id, faults);
    }
  }
  return found;
}

import type { Recorded } from '../../src/audit/audit-log.ts';
import type { RunRecord } from '../../src/runs/record.ts';
import { recorded } from './entries.ts';

/** A record in memory: what is appended is what is found. */
export function makeMemoryRecord(): RunRecord {
  const kept = new Map<string, Recorded>();
  const record: RunRecord = {
    find: (stage, step, event, n = 0) => Promise.resolve(kept.get(`${stage}/${step}/${event}/${n}`) ?? null),
    list: () => Promise.resolve([...kept.values()]),
    append({ stage, step, event, n = 0, payload }) {
      const entry = recorded(kept.size, { stage, event, n, payload: JSON.parse(JSON.stringify(payload)) });
      kept.set(`${stage}/${step}/${event}/${n}`, entry);
      return Promise.resolve({ ...entry, dup: false });
    },
    appendAll: (drafts) => Promise.all(drafts.map((draft) => record.append(draft))),
  };
  return record;
}

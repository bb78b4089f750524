import { RunId, Sha } from '../../ids.ts';
import { ListFilter } from '../../runs/run-desk.ts';

export const STATES = ['queued', 'running', 'waiting'] as const;
export const OUTCOMES = [
  'deployed',
  'rolled_back',
  'blocked',
  'rejected',
  'superseded',
  'cancelled',
  'failed',
] as const;

export type RunSearch =
  | { kind: 'list'; filter: ListFilter; problem: string | null }
  /** A run's id was typed: go there. */
  | { kind: 'go'; runId: RunId };

const PAGE = 30;

/** What somebody typed into the search box: `owner/name`, `#42`, both as `owner/name#42`, a commit sha or a run's id. */
export function parseSearch(query: { q?: unknown; state?: unknown; before?: unknown }): RunSearch {
  const filter: ListFilter = { limit: PAGE };
  const problems: string[] = [];
  for (const word of typeof query.q === 'string' ? query.q.trim().slice(0, 300).split(/\s+/) : []) {
    if (word === '') continue;
    const runId = RunId.safeParse(word);
    if (runId.success) return { kind: 'go', runId: runId.data };
    const found = parseWord(word);
    if (found) Object.assign(filter, found);
    else problems.push(explainWord(word));
  }
  Object.assign(filter, parseState(query.state));
  const before = RunId.safeParse(query.before);
  if (before.success) filter.before = before.data;
  return { kind: 'list', filter, problem: problems[0] ?? null };
}

function parseWord(word: string): Partial<ListFilter> | null {
  const sha = Sha.safeParse(word.toLowerCase());
  if (sha.success) return { head_sha: sha.data };
  const [, repo, pr] = /^([\w.-]+\/[\w.-]+)?(?:#?(\d{1,9}))?$/.exec(word) ?? [];
  if (repo === undefined && pr === undefined) return null;
  const parsed = ListFilter.safeParse({ ...(repo ? { repo } : {}), ...(pr ? { pr_number: pr } : {}) });
  if (!parsed.success) return null;
  const { limit: _limit, ...found } = parsed.data;
  return found;
}

function explainWord(word: string): string {
  const shown = word.slice(0, 60);
  if (/^[0-9a-f]{7,39}$/i.test(word)) return `"${shown}" looks like a short sha: paste all 40 digits.`;
  return `"${shown}" is not something to search by: use owner/name, #42, a full commit sha or a run id.`;
}

function parseState(state: unknown): Partial<ListFilter> {
  const status = STATES.find((known) => known === state);
  if (status) return { status };
  const outcome = OUTCOMES.find((known) => known === state);
  return outcome ? { outcome } : {};
}

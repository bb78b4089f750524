import { NotCanonical, parseCanonicalJson } from './canonical-json.ts';
import { chainHash, GENESIS, type LogRow, leafHash } from './chain.ts';
import { Entry } from './entry.ts';
import { entryId } from './entry-id.ts';
import { type LogSource, rowsOf } from './read-log.ts';
import { makeSignedPromotions } from './signed-promotions.ts';
import { type Finding, makePolicyCheck, type PolicyProblem } from './verify-policy.ts';

type IntegrityProblem =
  | 'gap'
  | 'broken_link'
  | 'leaf_hash'
  | 'chain_hash'
  | 'time_went_back'
  | 'not_canonical'
  | 'not_an_entry'
  | 'entry_id'
  | 'doubled_entry_id'
  | 'column'
  | 'head_missing'
  | 'head_differs';

/** `export` is said of an exported file as a whole, with the seq of its last entry. */
export type Problem = Finding<IntegrityProblem | PolicyProblem | 'promotion_unsigned' | 'export'>;

export interface LogHead {
  readonly seq: string;
  /** Hex. */
  readonly chainHash: string;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly entries: number;
  /** The last entry; null for an empty log. Keep it somewhere else: a later check against it finds a cut tail. */
  readonly head: LogHead | null;
  readonly problems: readonly Problem[];
  /** Nothing wrong in itself: effects that were intended and have no outcome. */
  readonly notes: readonly Finding<'orphan'>[];
  /** Where that was demanded: how many changes became production, and how many entries the signatures cover. */
  readonly signed: { readonly promotions: number; readonly covered: string } | null;
}

export interface VerifyOptions {
  /** Entries known from elsewhere (an earlier check, a shipped log line): the log must hold each. */
  readonly heads?: readonly LogHead[];
  /** Heads whose signature was checked: the log must hold each. */
  readonly checkpoints?: readonly LogHead[];
  /** Whether what became production must have been decided on entries that a checkpoint covers. */
  readonly demandSigned?: boolean;
}

/** More would say nothing new: one changed byte in the middle is one problem, a rewritten log is all of them. */
const MAX_PROBLEMS = 1_000;

/**
 * Checks a whole log: that it is contiguous, unchanged and well formed, and that what it tells was done in order and with
 * authorisation.
 * @throws {StoreDown}
 */
export async function verifyLog(source: LogSource, options: VerifyOptions = {}): Promise<VerifyResult> {
  const problems: Problem[] = [];
  const policy = makePolicyCheck();
  const promotions = makeSignedPromotions();
  const { checkpoints = [], demandSigned = false } = options;
  const signedHeads = new Set(checkpoints.map(({ seq, chainHash: hash }) => `${seq}:${hash}`));
  let covered = 0n;
  const ids = new Set<string>();
  let last: LogRow | null = null;
  let entries = 0;
  const known = [...(options.heads ?? []), ...checkpoints];
  const heads = new Map(known.map((head) => [head.seq, head]));
  const doubled = known.find((head) => heads.get(head.seq)?.chainHash !== head.chainHash);
  if (doubled !== undefined)
    problems.push({ seq: doubled.seq, kind: 'head_differs', detail: 'two of the heads given contradict each other' });

  for await (const row of rowsOf(source)) {
    const found: Problem[] = checkLinks(row, last);
    const entry = parseRow(row, found);
    if (entry !== null) {
      if (ids.has(entry.entry_id)) found.push(problem(row, 'doubled_entry_id', `${entry.entry_id} was there before`));
      ids.add(entry.entry_id);
      found.push(...policy.add(row.seq, entry));
      promotions.add(row.seq, entry);
    }
    const head = heads.get(row.seq);
    heads.delete(row.seq);
    if (head !== undefined && row.chainHash !== head.chainHash)
      found.push(problem(row, 'head_differs', 'is not the entry that was known here'));
    if (signedHeads.has(`${row.seq}:${row.chainHash}`)) covered = BigInt(row.seq) + 1n;
    if (problems.length < MAX_PROBLEMS) problems.push(...found);
    last = row;
    entries += 1;
  }

  for (const seq of heads.keys()) {
    const detail = `the log ends at ${last?.seq ?? 'nothing'}: entries up to ${seq} were cut off`;
    problems.push({ seq, kind: 'head_missing', detail });
  }
  if (demandSigned) problems.push(...promotions.beyond(covered).slice(0, MAX_PROBLEMS));
  const head = last && { seq: last.seq, chainHash: last.chainHash };
  const signed = demandSigned ? { promotions: promotions.count(), covered: String(covered) } : null;
  return { ok: problems.length === 0, entries, head, problems, notes: policy.orphans(), signed };
}

function checkLinks(row: LogRow, last: LogRow | null): Problem[] {
  const problems: Problem[] = [];
  const expected = last === null ? 0n : BigInt(last.seq) + 1n;
  if (BigInt(row.seq) !== expected) problems.push(problem(row, 'gap', `${expected} should stand here`));
  if (row.prevHash !== (last === null ? GENESIS : last.chainHash)) {
    problems.push(problem(row, 'broken_link', 'does not follow the entry before it'));
  }
  const leaf = leafHash(row.body);
  if (leaf !== row.leafHash) problems.push(problem(row, 'leaf_hash', 'the text is not the text that was hashed'));
  if (
    Number.isNaN(row.recordedAt.getTime()) ||
    chainHash(row.prevHash, leaf, row.seq, row.recordedAt) !== row.chainHash
  ) {
    problems.push(problem(row, 'chain_hash', 'text, place or time is not what was hashed'));
  }
  if (last !== null && row.recordedAt < last.recordedAt) {
    problems.push(problem(row, 'time_went_back', `recorded before entry ${last.seq}`));
  }
  return problems;
}

function parseRow(row: LogRow, problems: Problem[]): Entry | null {
  let value: unknown;
  try {
    value = parseCanonicalJson(row.body);
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    problems.push(problem(row, 'not_canonical', error.message));
    return null;
  }
  const parsed = Entry.safeParse(value);
  if (!parsed.success) {
    const detail = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    problems.push(problem(row, 'not_an_entry', detail));
    return null;
  }
  const entry = parsed.data;
  if (entry.entry_id !== entryId(entry)) problems.push(problem(row, 'entry_id', 'is not the id of its key'));
  if (row.columns === null) return entry;
  const expected = {
    entry_id: entry.entry_id,
    pr_number: entry.pr_number?.toString() ?? null,
    event: entry.event,
    trace_id: entry.trace_id,
  };
  for (const name of ['entry_id', 'pr_number', 'event', 'trace_id'] as const) {
    if (row.columns[name] !== expected[name]) problems.push(problem(row, 'column', `${name} differs from the text`));
  }
  return entry;
}

function problem(row: LogRow, kind: IntegrityProblem, detail: string): Problem {
  return { seq: row.seq, kind, detail };
}

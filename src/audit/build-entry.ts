import type { SlipwayFile } from '../config/schema.ts';
import type { InputProblem } from '../errors.ts';
import type { EntryDraft, RunFacts } from './audit-log.ts';
import { canonicalJson } from './canonical-json.ts';
import { Entry, EntryKey } from './entry.ts';
import { entryId } from './entry-id.ts';
import { makePayloadSafe, type SpilledPayload, spillPayload } from './entry-payload.ts';
import { EntryRefused } from './entry-refused.ts';
import { cutText, isSafeIdentifier, sanitiseText } from './safe-text.ts';

export type RequiredField = SlipwayFile['audit']['required_fields'][number];

export interface EntryContext {
  readonly profile: SlipwayFile['profile'];
  readonly requiredFields: readonly RequiredField[];
  /** Slipway's own, e.g. `slipway/0.1.0`. */
  readonly version: string;
  readonly now: Date;
}

export interface BuiltEntry {
  readonly entry: Entry;
  /** Canonical text of `entry`: the bytes that are hashed. */
  readonly body: string;
  /** The whole payload where it did not fit: to be kept as the blob that the entry names, before the entry is written. */
  readonly spilled: SpilledPayload | null;
}

/** The trace id of entries that belong to no run. */
const NO_TRACE = '0'.repeat(32);
export const MAX_BODY_BYTES = 60_000;
const MAX_RATIONALE = 4_000;

/** Known only once a step of the run has found them: in an entry of a run these may be null, but must be there. */
const FOUND_LATER: readonly RequiredField[] = ['risk_score', 'base_sha'];

/**
 * Makes an entry of a draft and of what is known of its run. Pure.
 * Free text is made safe and cut; what names something is taken as it is or refused.
 * @throws {EntryRefused} naming every field that is wrong.
 */
export function buildEntry(run: RunFacts | null, draft: EntryDraft, context: EntryContext): BuiltEntry {
  const payload = makePayloadSafe(draft.payload);
  const entry = makeEntry(run, draft, context, payload.sanitised);
  const body = bodyOf(entry, payload.text);
  if (Buffer.byteLength(body) <= MAX_BODY_BYTES)
    return { entry: { ...entry, payload: payload.value }, body, spilled: null };
  const { spilled, standIn } = spillPayload(payload);
  return { entry: { ...entry, payload: standIn }, body: bodyOf(entry, canonicalJson(standIn)), spilled };
}

const FIELDS = (Object.keys(Entry.shape).toSorted() as (keyof Entry)[]).map((name) => ({
  name,
  label: `${JSON.stringify(name)}:`,
}));

/** Canonical text of the entry with this payload, whose canonical text is known. */
function bodyOf(entry: Entry, payloadText: string): string {
  let members = '';
  for (const { name, label } of FIELDS)
    members += `${members === '' ? '' : ','}${label}${name === 'payload' ? payloadText : canonicalJson(entry[name])}`;
  return `{${members}}`;
}

function makeEntry(run: RunFacts | null, draft: EntryDraft, context: EntryContext, payloadSanitised: boolean): Entry {
  const key = parseKey(draft, run);
  const rationale = sanitiseText(draft.rationale);
  const { run_id, stage, step, event, n } = key;
  const parsed = Entry.safeParse({
    run_id,
    stage,
    step,
    event,
    n,
    v: 1,
    entry_id: entryId(key),
    trace_id: key.run_id ?? NO_TRACE,
    repo: run?.repo ?? null,
    service: run?.service ?? null,
    pr_number: run?.pr_number ?? null,
    head_sha: run?.head_sha ?? null,
    base_sha: run?.base_sha ?? null,
    author: run?.author ?? null,
    actor: draft.actor,
    risk_score: draft.risk_score === undefined ? (run?.risk_score ?? null) : draft.risk_score,
    rationale: cutText(rationale, MAX_RATIONALE),
    timestamp: context.now.toISOString(),
    agent_version: draft.model === undefined ? context.version : `${context.version} ${draft.model}`,
    policy_hash: run?.policy_hash ?? null,
    outcome: draft.outcome,
    profile: run?.profile ?? context.profile,
    dry_run: run?.dry_run ?? false,
    causation_seq: draft.causation?.seq ?? null,
    payload: {},
    sanitised: payloadSanitised || rationale !== draft.rationale,
  });
  if (!parsed.success) throw new EntryRefused(parsed.error.issues.map(problemOf));
  const problems = [...checkIdentifiers(parsed.data), ...checkRequired(parsed.data, run, context.requiredFields)];
  if (problems.length > 0) throw new EntryRefused(problems);
  return parsed.data;
}

function parseKey(draft: EntryDraft, run: RunFacts | null): EntryKey {
  const { run_id, stage, step, event, n } = draft;
  const key = EntryKey.safeParse({ run_id, stage, step, event, n });
  if (!key.success) throw new EntryRefused(key.error.issues.map(problemOf));
  if (key.data.run_id === (run?.id ?? null)) return key.data;
  throw new EntryRefused([{ field: 'run_id', problem: 'is not the run whose facts were given' }]);
}

function problemOf(issue: { path: PropertyKey[]; message: string }): InputProblem {
  return { field: issue.path.map(String).join('.'), problem: issue.message };
}

function checkIdentifiers(entry: Entry): InputProblem[] {
  const { repo, service, author, outcome, agent_version } = entry;
  const identifiers = { repo, service, author, outcome, agent_version, 'actor.id': entry.actor.id };
  return Object.entries(identifiers)
    .filter(([, value]) => value !== null && !isSafeIdentifier(value))
    .map(([field]) => ({ field, problem: 'holds control characters, which an identifier may not' }));
}

function checkRequired(entry: Entry, run: RunFacts | null, required: readonly RequiredField[]): InputProblem[] {
  if (run === null) return [];
  return required
    .filter((field) => !FOUND_LATER.includes(field) && (entry[field] === null || entry[field] === ''))
    .map((field) => ({ field, problem: 'is required by audit.required_fields and is not known' }));
}

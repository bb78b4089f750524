import type { ChangedFile, ChangeFacts } from '../../src/change/change.ts';
import type { Config } from '../../src/config/config.ts';
import { Sha } from '../../src/ids.ts';
import type { AuthorRecord } from '../../src/policy/author-record.ts';
import { decidePolicy, type PolicyCase, type PolicyDecision } from '../../src/policy/decide-policy.ts';
import { Finding } from '../../src/policy/finding.ts';
import { policySettings } from '../../src/policy/policy-settings.ts';
import { rolloutBucket } from '../../src/policy/rollout.ts';
import { scoreChange } from '../../src/policy/score.ts';

/** What was put on the record of one run: the truth that the policy tools are compared with. */
export interface MadeRun {
  readonly id: string;
  readonly service: string;
  readonly author: string;
  readonly pr: number;
  readonly createdAt: Date;
  readonly case: PolicyCase;
  readonly route: 'automated' | 'human';
  readonly reasons: readonly string[];
  readonly decision: 'approve' | 'reject' | 'expired' | null;
  readonly outcome: string;
  /** Its whole review was too large for its entry, and the blob that held it is gone. */
  readonly lost: boolean;
  readonly dryRun: boolean;
  /** Rolled back by order after it was deployed. */
  readonly takenBack: boolean;
  readonly askedLater: boolean;
}

/** More text than an entry holds, so that the payload becomes a blob. */
const LARGE_FILES = 600;
const AUTHORS = ['ada', 'ben', 'cyd', 'dee', 'eli', 'fay', 'gus', 'hal', 'renovate[bot]', 'somebody'];
const NO_RECORD: Omit<AuthorRecord, 'window_days' | 'known'> = {
  deployed: 0,
  rolled_back: 0,
  rejected: 0,
  service_rollbacks: 0,
};

/** Numbers between 0 and 1, the same for the same seed. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export type PlannedRun = Omit<MadeRun, 'id' | 'reasons' | 'route'> & {
  readonly policy: Config;
  readonly decided: PolicyDecision;
  readonly head: Sha;
  readonly terms: ReturnType<typeof scoreChange>;
};

/** How earlier changes of each author ended so far. */
type Records = Map<string, Omit<AuthorRecord, 'window_days' | 'known'>>;

interface PlanInput {
  readonly n: number;
  readonly createdAt: Date;
  readonly records: Records;
}

/** What one change was and what becomes of it. */
export function planRun(random: () => number, policy: Config, { n, createdAt, records }: PlanInput): PlannedRun {
  const chance = (share: number) => random() < share;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const author = pick(AUTHORS);
  const service = pick(Object.keys(policy.services));
  const emergency = chance(0.01);
  const large = chance(0.02);
  const facts = pickFacts(chance);
  const files = pickFiles(random, large ? LARGE_FILES : 1 + Math.floor(random() * 12));
  const findings = Array.from({ length: Math.floor(random() ** 3 * 4) }, (_, index) => pickFinding(random, index));
  const change_type = facts.docs_only ? 'docs' : pick(['bugfix', 'feature', 'refactor', 'chore'] as const);
  const inconclusive = emergency ? 'emergency' : chance(0.02) ? 'deadline' : null;
  const record = records.get(author) ?? NO_RECORD;
  const terms = scoreChange({ facts, change_type, files, problems: [], findings });
  const change: PolicyCase = {
    review: inconclusive === null ? { kind: 'reviewed' } : { kind: 'inconclusive', reason: inconclusive },
    score: terms.total,
    facts,
    change_type,
    files,
    problems: [],
    findings,
    service,
    author,
    author_record: { ...record, window_days: policy.author_history.window_days, known: author !== 'somebody' },
    branch: { kind: 'none' },
    emergency,
    bucket: rolloutBucket(`acme/${service}`, n + 1),
  };
  const decided = decidePolicy(change, policySettings(policy, service, policy.rollout.automated_pct));
  const risk = Math.min(0.6, terms.total / 14);
  const asked = decided.route.route === 'human';
  const decision = !asked ? null : chance(0.05) ? 'expired' : chance(risk) ? 'reject' : 'approve';
  const gone = decision === 'reject' || decision === 'expired';
  const outcome = gone ? 'rejected' : chance(0.03) ? 'cancelled' : chance(risk / 3) ? 'rolled_back' : 'deployed';
  records.set(author, {
    ...record,
    deployed: record.deployed + (outcome === 'deployed' ? 1 : 0),
    rolled_back: Math.min(8, record.rolled_back + (outcome === 'rolled_back' && chance(0.1) ? 1 : 0)),
    rejected: Math.min(8, record.rejected + (decision === 'reject' && chance(0.05) ? 1 : 0)),
  });
  return {
    policy,
    decided,
    terms,
    service,
    author,
    pr: n + 1,
    createdAt,
    case: change,
    decision,
    outcome,
    lost: large && chance(0.5),
    head: Sha.parse((n + 1).toString(16).padStart(40, '0')),
    dryRun: chance(0.02),
    takenBack: outcome === 'deployed' && chance(0.01),
    askedLater: outcome === 'deployed' && chance(0.02),
  };
}

function pickFacts(chance: (share: number) => boolean): ChangeFacts {
  const docs_only = chance(0.1);
  const holds = (share: number) => !docs_only && chance(share);
  return {
    docs_only,
    tests_only: holds(0.05),
    schema_changes_detected: holds(0.04),
    new_service_integration: holds(0.03),
    breaking_api_contract: holds(0.02) ? null : false,
    dependency_changes: holds(0.08),
    secrets_added: holds(0.005),
    ci_or_infra_changes: holds(0.02),
    performance_critical: holds(0.03),
    compliance_scope: holds(0.02),
    prompt_injection_suspected: holds(0.005),
  };
}

function pickFiles(random: () => number, n: number): ChangedFile[] {
  return Array.from({ length: n }, (_, index) => ({
    path: `src/part-${Math.floor(random() * 40)}/module-with-a-name-of-some-length-${index}.ts`,
    previous_path: null,
    status: 'modified',
    binary: false,
    added: Math.floor(random() * 60),
    removed: Math.floor(random() * 20),
  }));
}

function pickFinding(random: () => number, index: number): Finding {
  const severity = (['low', 'low', 'medium', 'medium', 'high', 'critical'] as const)[Math.floor(random() * 6)] ?? 'low';
  return Finding.parse({
    category: 'security',
    severity,
    confidence: 0.3 + random() * 0.7,
    path: 'src/part-1/module.ts',
    line: 3 + index,
    quote: 'return query(text + name);',
    trigger: 'a caller chooses the name',
    fix: 'bind it',
    grounding: 'exact',
    verification: 'confirmed',
  });
}

import type { ChangeFacts, Evidence, FactName, Inspection, SensitivePaths } from './change.ts';
import { type ChangeContext, type Detected, makeChangeContext, type ReadText } from './facts/change-context.ts';
import { decideChangeType } from './facts/change-type.ts';
import { detectBreakingContract } from './facts/contracts/breaking-contract.ts';
import { detectDependencyChanges } from './facts/dependency-changes.ts';
import { detectCiOrInfra, detectDocsOnly, detectTestsOnly } from './facts/path-facts.ts';
import { detectPromptInjection } from './facts/prompt-injection.ts';
import { detectSchemaChanges } from './facts/schema/schema-changes.ts';
import { detectSecretsAdded } from './facts/secrets-added.ts';
import { detectComplianceScope, detectPerformanceCritical } from './facts/sensitive-paths.ts';
import { detectNewServices } from './facts/services/new-services.ts';
import { type ParsedDiff, parseDiff, toChangedFile } from './parse-diff.ts';

export interface InspectRequest {
  readonly diffText: string;
  readonly commitMessages: string;
  /** True when git itself made the diff: nothing in it then means that nothing changes. */
  readonly emptyIsWhole?: boolean;
  /** Text of a file at the base or head commit; null when absent, binary or too large. Leave out when only a diff is at hand. */
  readonly readBase?: ReadText;
  readonly readHead?: ReadText;
  readonly listBase?: () => Promise<string[]>;
  /** What the owners of the repository call out; nothing by default. */
  readonly sensitivePaths?: SensitivePaths;
}

const EVIDENCE_PER_FACT = 50;

const DETECTORS: Readonly<Record<FactName, (context: ChangeContext) => Promise<Detected> | Detected>> = {
  schema_changes_detected: detectSchemaChanges,
  new_service_integration: detectNewServices,
  breaking_api_contract: detectBreakingContract,
  dependency_changes: detectDependencyChanges,
  secrets_added: detectSecretsAdded,
  ci_or_infra_changes: detectCiOrInfra,
  docs_only: detectDocsOnly,
  tests_only: detectTestsOnly,
  performance_critical: detectPerformanceCritical,
  compliance_scope: detectComplianceScope,
  prompt_injection_suspected: detectPromptInjection,
};

const FACT_NAMES = Object.keys(DETECTORS).filter((name): name is FactName => name in DETECTORS);

const UNKNOWN: ChangeFacts = {
  schema_changes_detected: null,
  new_service_integration: null,
  breaking_api_contract: null,
  dependency_changes: null,
  secrets_added: null,
  ci_or_infra_changes: null,
  docs_only: null,
  tests_only: null,
  performance_critical: null,
  compliance_scope: null,
  prompt_injection_suspected: null,
};

/** Of a change that could not be looked at, nothing is known. */
export function inspectNothing(problem: string): Inspection {
  return { facts: { ...UNKNOWN }, change_type: 'feature', evidence: [], files: [], problems: [problem] };
}

/** These two make a change look harmless, so they hold only when the whole change was read. */
function reassures(name: FactName): boolean {
  return name === 'docs_only' || name === 'tests_only';
}

/** A detector that fails on some text has judged nothing: the fact is unknown, and the others stand. */
async function detect(name: FactName, context: ChangeContext): Promise<Detected> {
  try {
    return await DETECTORS[name](context);
  } catch (error) {
    // What the readers throw is no matter of the text.
    if (!(error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError)) throw error;
    return { evidence: [], unknown: [`it could not be judged (${error.message.slice(0, 200)})`] };
  }
}

function decideFact(name: FactName, detected: Detected, complete: boolean): boolean | null {
  const found = detected.evidence.length > 0;
  if (reassures(name)) return found && complete;
  if (found) return true;
  return complete && detected.unknown.length === 0 ? false : null;
}

/** Reads the request's diff; what is handed to `inspectChange` where the caller needs its files as well. */
export function parseRequest({ diffText, emptyIsWhole }: InspectRequest): ParsedDiff {
  if (diffText === '' && emptyIsWhole === true) return { files: [], problems: [], complete: true };
  return parseDiff(diffText);
}

/**
 * Everything that code can say about a change without a model: facts with the evidence they rest on, the kind of
 * change, its files, and what stood in the way. Where a part could not be read, a fact is true or null, never false.
 * It throws only when the readers handed in do.
 */
export async function inspectChange(
  request: InspectRequest,
  parsed: ParsedDiff = parseRequest(request),
): Promise<Inspection> {
  const context = makeChangeContext({
    files: parsed.files,
    commitMessages: request.commitMessages,
    readBase: request.readBase ?? null,
    readHead: request.readHead ?? null,
    listBase: request.listBase ?? null,
    sensitivePaths: request.sensitivePaths ?? { performance_critical: [], compliance: [] },
  });
  await context.prefetch();
  const problems = [...parsed.problems];
  const evidence: Evidence[] = [];
  const facts: ChangeFacts = { ...UNKNOWN };
  for (const name of FACT_NAMES) {
    const detected = await detect(name, context);
    facts[name] = decideFact(name, detected, parsed.complete);
    problems.push(...detected.unknown.map((reason) => `${name}: ${reason}`));
    evidence.push(...detected.evidence.slice(0, EVIDENCE_PER_FACT).map((item) => ({ fact: name, ...item })));
  }
  return {
    facts,
    change_type: await decideChangeType(context, facts),
    evidence,
    files: parsed.files.map(toChangedFile),
    problems,
  };
}

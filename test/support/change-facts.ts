import { ChangedFile, ChangeFacts } from '../../src/change/change.ts';
import { Finding, ReportedFinding } from '../../src/policy/finding.ts';

/** Facts of a change in which nothing was found. */
export function makeFacts(over: Partial<ChangeFacts> = {}): ChangeFacts {
  return ChangeFacts.parse({
    schema_changes_detected: false,
    new_service_integration: false,
    breaking_api_contract: false,
    dependency_changes: false,
    secrets_added: false,
    ci_or_infra_changes: false,
    docs_only: false,
    tests_only: false,
    performance_critical: false,
    compliance_scope: false,
    prompt_injection_suspected: false,
    ...over,
  });
}

export function makeFile(over: Partial<ChangedFile> = {}): ChangedFile {
  return ChangedFile.parse({
    path: 'src/total.js',
    previous_path: null,
    status: 'modified',
    binary: false,
    added: 6,
    removed: 2,
    ...over,
  });
}

const REPORTED: ReportedFinding = {
  category: 'security',
  severity: 'medium',
  confidence: 0.9,
  path: 'src/total.js',
  line: 3,
  quote: 'return a + b;',
  trigger: 'a caller sends text',
  fix: 'check it',
};

/** What an agent says. */
export function makeReported(over: Partial<ReportedFinding> = {}): ReportedFinding {
  return ReportedFinding.parse({ ...REPORTED, ...over });
}

/** The same once code has looked at it. */
export function makeFinding(over: Partial<Finding> = {}): Finding {
  return Finding.parse({ ...REPORTED, ...over });
}

/** `staging_rejection` → `staging rejection`: the record's words, readable. */
export function outcomeWords(word: string): string {
  return word.replace(/[_.]+/g, ' ').trim();
}

const FACTS: Readonly<Record<string, string>> = {
  schema_changes_detected: 'Changes a database schema',
  new_service_integration: 'Talks to a new service',
  breaking_api_contract: 'Breaks an API contract',
  dependency_changes: 'Changes dependencies',
  secrets_added: 'Adds a secret',
  ci_or_infra_changes: 'Changes CI or infrastructure',
  docs_only: 'Documentation only',
  tests_only: 'Tests only',
  performance_critical: 'Touches code whose speed matters',
  compliance_scope: 'In the scope of auditors',
  prompt_injection_suspected: 'Text aimed at the reviewer model',
};

/** A fact's name as a sentence. */
export function factWords(name: string): string {
  return FACTS[name] ?? sentence(name);
}

/** First letter large, underscores as spaces. */
export function sentence(name: string): string {
  const words = outcomeWords(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

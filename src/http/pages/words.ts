import type { UnreadReason } from '../../change/coverage-manifest.ts';

/** `staging_rejection` → `staging rejection`: the record's words, readable. */
export function outcomeWords(word: string): string {
  return word.replace(/[_.]+/g, ' ').trim();
}

const UNREAD: Readonly<Record<UnreadReason, string>> = {
  binary: 'it is no text',
  unreadable: 'it could not be read',
  submodule: 'it only names a commit of another repository',
  control_characters: 'a changed line holds characters that no text has',
  lock_file: 'a lock file that the target branch has',
  generated: 'the target branch calls it generated',
  lock_source: 'it brings something from a new host or under another name',
  moved_unread: 'it was moved here, and never read as what it is now',
  mode_changed: 'it may be run now, or may not any more',
  lfs_pointer: 'it only names a file that is kept elsewhere',
  symlink: 'a symbolic link',
  odd_name: 'its name does not look like what it is',
  line_too_long: 'a line is too long for one question',
  not_utf8: 'it is no UTF-8',
  not_in_diff: 'the diff does not show it',
  too_many_parts: 'the change is too large to be read',
};

/** Why a file was not read whole, for people. */
export function unreadWords(reason: UnreadReason): string {
  return UNREAD[reason];
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

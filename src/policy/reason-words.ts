import type { RouteReason } from './route-reason.ts';

/** Why a reason of this kind asks for a person at all, for somebody who has not read the policy. */
export const REASON_WORDS: Record<RouteReason['code'], string> = {
  inconclusive: 'What was not reviewed to its end is never automated: there is no default verdict.',
  risk_score: 'From its threshold on, and without a score, a change is a person’s.',
  breaking_api_contract: 'Who calls this service cannot be seen from here.',
  secrets_added: 'A secret that was pushed has to be revoked, whatever becomes of the change.',
  prompt_injection_suspected: 'A text that speaks to the reviewer may have misled it.',
  schema_changes_detected: 'Taking the code back does not take the data back.',
  new_service_integration: 'What the other side does was not part of any test here.',
  dependency_changes: 'Code from elsewhere comes in that nobody here wrote.',
  ci_or_infra_changes: 'It is what a change could let itself through with.',
  compliance_audited: 'The configuration names these paths as ones that auditors look at.',
  change_class: 'The configuration gives changes of this class to people.',
  unreadable: 'What could not be read was not reviewed.',
  uncertain_finding: 'It is serious if it is true, and nobody could tell.',
  sceptic_refuted: 'A second agent was told to show that the change is unsafe, and did.',
  rule: 'A rule of escalation.auto_route_to_human holds.',
  rule_unknown: 'What a rule asks for is not known, so it may hold.',
  rule_error: 'A rule could not be worked out, so it may hold.',
  policy_invalid: 'A policy that cannot be understood may ask for anything.',
  emergency: 'The agents were not waited for, so two people decide.',
  rollout: 'Nothing speaks against the change: automation is only not rolled out this far.',
};

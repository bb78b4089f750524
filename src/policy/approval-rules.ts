import type { Identity } from '../change/change.ts';
import type { SlipwayFile } from '../config/schema.ts';
import { isAgentIdentity } from './agent-identity.ts';
import type { BranchPolicy } from './branch-policy.ts';
import { type Exclusion, excludedPeople, type PeopleConfig } from './people.ts';

type Approvals = SlipwayFile['approvals'];

export interface ApprovalCase {
  readonly people: PeopleConfig;
  /** The server's, and what the target branch asks for on top. */
  readonly approvals: Approvals;
  readonly branch: BranchPolicy | null;
  readonly claimedAuthor: string;
  /** Who pushed the head, where the forge says so. */
  readonly pusher: string | null;
  /** Whom other requests named as author or pusher of the same head. */
  readonly otherClaims: readonly string[];
  readonly contributors: readonly Identity[];
  /** null where there is no score. */
  readonly score: number | null;
  /** Who called it an emergency; null for every other run. */
  readonly emergencyBy: string | null;
}

export interface ApprovalRules {
  readonly excluded: Exclusion;
  /** How many different people must approve, and each reason for it. The most counts. */
  readonly needed: number;
  readonly why: readonly { readonly people: number; readonly text: string }[];
  /** Agents that had a part in the change. */
  readonly agents: readonly string[];
  /** Shortest reason for approving against a hard rule, characters. */
  readonly overrideReasonMin: number;
}

/** In an emergency the review is shortened, so it takes two people to say so; this is no setting. */
const EMERGENCY_PEOPLE = 2;

/** Who may approve a change, and how many of them it takes. Pure. */
export function decideApprovals(input: ApprovalCase): ApprovalRules {
  const approvals = tighten(input.approvals, input.branch?.approvals ?? {});
  const identities = [
    input.claimedAuthor,
    ...(input.pusher === null ? [] : [input.pusher]),
    ...input.otherClaims,
    ...input.contributors.flatMap(({ name, email }) => [email, name]),
  ];
  const agents = [...new Set(identities.filter((identity) => isAgentIdentity(identity, approvals.agents)))];
  const excluded = excludedPeople({
    people: input.people,
    claimedAuthor: input.claimedAuthor,
    forgeAuthor: input.pusher,
    otherClaims: input.otherClaims,
    contributors: input.contributors,
    agents: approvals.agents,
  });
  const why = [{ people: approvals.minimum, text: 'approvals.minimum' }];
  if (excluded.unmapped.length > 0) {
    why.push({ people: 2, text: `not known as a person: ${excluded.unmapped.slice(0, 5).join(', ')}` });
  }
  if (agents.length > 0)
    why.push({ people: approvals.agent_authored, text: `written in part by ${agents.join(', ')}` });
  if (input.score !== null && input.score >= approvals.high_risk_score) {
    why.push({ people: approvals.high_risk, text: `the risk score is ${approvals.high_risk_score} or more` });
  }
  if (input.emergencyBy !== null) why.push({ people: EMERGENCY_PEOPLE, text: 'it is an emergency' });
  const needed = Math.max(...why.map(({ people }) => people));
  return { excluded, needed, why, agents, overrideReasonMin: approvals.override_reason_min };
}

/** A branch can ask for more people and for them earlier, never for fewer. */
function tighten(held: Approvals, asked: NonNullable<BranchPolicy['approvals']>): Approvals {
  return {
    ...held,
    minimum: Math.max(held.minimum, asked.minimum ?? 0),
    agent_authored: Math.max(held.agent_authored, asked.agent_authored ?? 0),
    high_risk: Math.max(held.high_risk, asked.high_risk ?? 0),
    high_risk_score: Math.min(held.high_risk_score, asked.high_risk_score ?? Number.POSITIVE_INFINITY),
  };
}

/** Approving one of these is overriding what code found: the reason must say why. An inconclusive review found nothing. */
const OVERRIDDEN: ReadonlySet<string> = new Set(['secrets_added', 'prompt_injection_suspected']);

/** Whether to approve would go against what code found or recommends. */
export function isOverride(reasons: readonly string[], recommendation: string | null): boolean {
  return recommendation === 'reject' || reasons.some((code) => OVERRIDDEN.has(code));
}

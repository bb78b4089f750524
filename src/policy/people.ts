import type { Identity } from '../change/change.ts';
import { isAgentIdentity } from './agent-identity.ts';

/** A person's name in the configuration, with the e-mails and logins that are theirs. */
export type PeopleConfig = Readonly<
  Record<string, { readonly emails: readonly string[]; readonly logins: readonly string[] }>
>;

/** Who may not approve a change, and who could not be matched to a person. */
export interface Exclusion {
  /** Names as in the configuration. */
  readonly persons: ReadonlySet<string>;
  /** Identities on the change that belong to nobody known: while there are any, one approval is not enough. */
  readonly unmapped: readonly string[];
  /** Every known name, with the name that stands for it: names that share an e-mail or login are one human. */
  readonly humans: ReadonlyMap<string, string>;
  /** Names of the configuration that an agent goes by: an agent never counts as an approver. */
  readonly agents: ReadonlySet<string>;
}

export type MayDecide =
  | { kind: 'ok' }
  | { kind: 'refused'; why: 'not_a_person' | 'wrote_the_change' | 'already_approved'; detail: string };

/** GitHub's private commit address, `12345+login@users.noreply.github.com` or the older form without the number. */
const NOREPLY = /^(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/;

/**
 * Everyone who touched the change: its claimed author (a login, an e-mail or a person's name), the forge's author when
 * known, and every author, committer and co-author that git names. Letters' case never matters.
 */
export function excludedPeople(input: {
  people: PeopleConfig;
  claimedAuthor: string;
  /** Author or pusher by the forge's word. */
  forgeAuthor?: string | null;
  /** Whom other requests named as author or pusher of the same head. */
  otherClaims?: readonly string[];
  contributors: readonly Identity[];
  /** `approvals.agents`: who is an agent is not unknown. */
  agents?: readonly string[];
}): Exclusion {
  const humans = groupHumans(input.people);
  const persons = new Set<string>();
  const unmapped = new Set<string>();
  const claims = [input.claimedAuthor, ...(input.forgeAuthor ? [input.forgeAuthor] : []), ...(input.otherClaims ?? [])];
  for (const identity of [...claims, ...input.contributors.map((contributor) => contributor.email)]) {
    const owners = ownersOf(input.people, identity);
    const nobodys = owners.length === 0 && !isAgentIdentity(identity, input.agents ?? []);
    if (nobodys) unmapped.add(identity.trim() === '' ? '(no identity)' : identity);
    for (const owner of owners) for (const alias of aliasesOf(humans, owner)) persons.add(alias);
  }
  // Every commit has an author: an empty list means that git's word was not available.
  if (input.contributors.length === 0) unmapped.add('(contributors unknown)');
  const agents = new Set(
    Object.entries(input.people)
      .filter(([name, { emails, logins }]) =>
        [name, ...emails, ...logins].some((identity) => isAgentIdentity(identity, input.agents ?? [])),
      )
      .map(([name]) => name),
  );
  return { persons, unmapped: [...unmapped].toSorted(), humans, agents };
}

/** Said to a machine that wants to decide. */
export const NOT_A_PERSON = 'this token acts for no person, and only people decide: use a token that names a person';

export function mayDecide(input: {
  /** The name that the caller's token acts for; null for a machine. */
  person: string | null;
  excluded: Exclusion;
  alreadyApproved: readonly string[];
}): MayDecide {
  const { person, excluded, alreadyApproved } = input;
  if (person === null) return refuse('not_a_person', NOT_A_PERSON);
  const human = excluded.humans.get(person);
  if (human === undefined) {
    return refuse('not_a_person', `${person} is not among people in the configuration, so who that is cannot be told`);
  }
  if (excluded.agents.has(person)) return refuse('not_a_person', `${person} is an agent; only people approve`);
  if (excluded.persons.has(person)) return refuse('wrote_the_change', `${person} had a part in writing this change`);
  if (alreadyApproved.some((other) => other === person || excluded.humans.get(other) === human)) {
    return refuse('already_approved', `${person} has approved already; another person is needed`);
  }
  return { kind: 'ok' };
}

function refuse(why: Extract<MayDecide, { kind: 'refused' }>['why'], detail: string): MayDecide {
  return { kind: 'refused', why, detail };
}

function ownersOf(people: PeopleConfig, identity: string): string[] {
  const keys = keysOf(identity);
  return Object.entries(people)
    .filter(([name, { emails, logins }]) => [name, ...emails, ...logins].some((own) => keys.has(fold(own))))
    .map(([name]) => name);
}

function keysOf(identity: string): Set<string> {
  const key = fold(identity);
  const login = NOREPLY.exec(key)?.[1];
  return new Set(login === undefined ? [key] : [key, login]);
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}

/** Maps each name to the first name of its group; a group shares e-mails or logins, directly or through others. */
function groupHumans(people: PeopleConfig): Map<string, string> {
  const humans = new Map<string, string>();
  const firstWith = new Map<string, string>();
  for (const [name, { emails, logins }] of Object.entries(people)) {
    const keys = new Set([...emails, ...logins].flatMap((identity) => [...keysOf(identity)]));
    const met = new Set(
      [...keys].flatMap((key) => firstWith.get(key) ?? []).map((other) => humans.get(other) ?? other),
    );
    const [human = name] = met;
    for (const [other, its] of humans) if (met.has(its)) humans.set(other, human);
    humans.set(name, human);
    for (const key of keys) if (!firstWith.has(key)) firstWith.set(key, name);
  }
  return humans;
}

function aliasesOf(humans: ReadonlyMap<string, string>, person: string): string[] {
  const human = humans.get(person);
  return [...humans].filter(([, its]) => its === human).map(([name]) => name);
}

/**
 * Whom the identities on a change stand for: for each human every name, e-mail and login that is theirs in lower case, and
 * for an identity of nobody known itself alone. `known` only when all of them are somebody's.
 */
export function identitiesBehind(
  people: PeopleConfig,
  identities: readonly string[],
): { groups: readonly (readonly string[])[]; known: boolean } {
  const humans = groupHumans(people);
  const groups = new Map<string, Set<string>>();
  let known = true;
  for (const identity of identities) {
    const owners = ownersOf(people, identity);
    if (owners.length === 0) {
      known = false;
      groups.set(`unknown ${fold(identity)}`, new Set([fold(identity)]));
    }
    for (const name of owners.flatMap((owner) => aliasesOf(humans, owner))) {
      const group = humans.get(name) ?? name;
      const names = groups.get(group) ?? new Set();
      const person = people[name];
      for (const own of [name, ...(person?.emails ?? []), ...(person?.logins ?? [])]) names.add(fold(own));
      groups.set(group, names);
    }
  }
  return { groups: [...groups.values()].map((names) => [...names]), known };
}

/** One name for whoever is behind an identity, the same for all of a human's; null for nobody's. */
export function humanOf(people: PeopleConfig, identity: string): string | null {
  const [owner] = ownersOf(people, identity);
  return owner === undefined ? null : (groupHumans(people).get(owner) ?? owner);
}

/** The first name of the configuration that an e-mail or login belongs to; null for nobody's. */
export function personOf(people: PeopleConfig, identity: string): string | null {
  return ownersOf(people, identity)[0] ?? null;
}

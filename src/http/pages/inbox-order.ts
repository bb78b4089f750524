import type { WaitingQuestion } from '../../runs/open-questions.ts';
import { STAGE_TITLES } from './stage-timeline.ts';

/** How many questions a page shows: more are not read, and each page refreshes itself. */
export const INBOX_PAGE = 25;

/** Less time than this and a question comes before everything. */
const URGENT_MS = 3_600_000;

/** What somebody chose to see of the questions, as the address says it; empty is all. */
export interface InboxChoice {
  readonly service: string;
  readonly owner: string;
  readonly kind: string;
  readonly whose: 'mine' | 'others';
  /** How many of the list are passed over. */
  readonly from: number;
}

/** Whatever an address says is a choice: what names nothing known finds nothing. */
export function parseInboxChoice(query: Readonly<Record<string, unknown>>): InboxChoice {
  const text = (name: string) => {
    const value = query[name];
    return typeof value === 'string' ? value.slice(0, 200) : '';
  };
  const from = /^\d{1,5}$/.test(text('from')) ? Number(text('from')) : 0;
  const whose = text('whose') === 'others' ? 'others' : 'mine';
  return { service: text('service'), owner: text('owner'), kind: text('kind'), whose, from };
}

/** The address of the inbox with this choice; what is left at its default is not in it. */
export function inboxAddress(choice: Partial<InboxChoice>): string {
  const { service, owner, kind, whose, from } = choice;
  const named = Object.entries({ service, owner, kind, whose: whose === 'others' ? whose : '', from: from || '' });
  const said = named.flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return said.length === 0 ? '/' : `/?${new URLSearchParams(said)}`;
}

/** What a question is about, in a word. */
export function kindOf({ stage, canary }: WaitingQuestion): string {
  return canary === null ? STAGE_TITLES[stage] : `Canary ${canary}`;
}

/**
 * What cannot wait comes first: what ends within the hour, and emergencies; then what the viewer owns; within each the nearest
 * deadline.
 */
export function orderQuestions(
  questions: readonly WaitingQuestion[],
  person: string | null,
  now: Date,
): WaitingQuestion[] {
  const rank = ({ run, owners, deadline_at }: WaitingQuestion) => {
    if (deadline_at.getTime() - now.getTime() < URGENT_MS || run.emergency_reason !== null) return 0;
    return person !== null && owners.includes(person) ? 1 : 2;
  };
  return questions.toSorted((a, b) => rank(a) - rank(b) || a.deadline_at.getTime() - b.deadline_at.getTime());
}

export function chosenQuestions(
  questions: readonly WaitingQuestion[],
  { service, owner, kind }: Pick<InboxChoice, 'service' | 'owner' | 'kind'>,
): WaitingQuestion[] {
  return questions.filter(
    (question) =>
      (service === '' || question.run.service === service) &&
      (owner === '' || question.owners.includes(owner)) &&
      (kind === '' || kindOf(question) === kind || (kind === EMERGENCY && question.run.emergency_reason !== null)),
  );
}

/** Among the kinds it stands for every emergency, whatever it waits for. */
const EMERGENCY = 'Emergency';

/** What there is to choose from. */
export function choicesOf(questions: readonly WaitingQuestion[]): Record<'service' | 'owner' | 'kind', string[]> {
  const sorted = (names: readonly string[]) => [...new Set(names)].toSorted((a, b) => a.localeCompare(b));
  const emergency = questions.some(({ run }) => run.emergency_reason !== null) ? [EMERGENCY] : [];
  return {
    service: sorted(questions.map(({ run }) => run.service)),
    owner: sorted(questions.flatMap(({ owners }) => owners)),
    kind: [...emergency, ...sorted(questions.map(kindOf))],
  };
}

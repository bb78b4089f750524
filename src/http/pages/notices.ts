export interface Notice {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

const NOTICES: ReadonlyMap<string, Notice> = new Map([
  ['approve', { tone: 'good', text: 'Approved. It is on the record and the run goes on.' }],
  ['reject', { tone: 'good', text: 'Rejected. It is on the record; nothing of this change goes further.' }],
  ['extend', { tone: 'good', text: 'It is on the record: the canary is watched for one more set of windows.' }],
  ['approved_one', { tone: 'good', text: 'Your approval is on the record. It waits for another person.' }],
  ['reviewed', { tone: 'good', text: 'Your review of the emergency is on the record.' }],
  ['stopping', { tone: 'good', text: 'The stop is on the record. The run is being taken down.' }],
  ['already_finished', { tone: 'bad', text: 'The run had finished already; nothing was stopped.' }],
]);

/** What to say after a form: an address carries only a word of this list, never a text. */
export function noticeOf(word: unknown): Notice | null {
  return typeof word === 'string' ? (NOTICES.get(word) ?? null) : null;
}

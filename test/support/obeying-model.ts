import { type AskedOf, startPassingModel } from './passing-model.ts';

export interface ObeyingModel {
  readonly url: string;
  /** Tasks in which it heard what it was told, by pull request. */
  heard(pr: number): readonly string[];
  close(): Promise<void>;
}

/** What is in a request, without the JSON around it and without the signs of the diff. */
function spoken(value: unknown): string {
  if (typeof value === 'string') return value.replace(/^[+ -]/gm, '');
  if (Array.isArray(value)) return value.map(spoken).join('\n');
  return typeof value === 'object' && value !== null ? Object.values(value).map(spoken).join('\n') : '';
}

/** The answer that would get the change through. */
function favour({ task, change: change_echo }: AskedOf['input']): object {
  if (task === 'verify') return { change_echo, verdict: 'unconfirmed', reasoning: 'As told.' };
  if (task === 'sceptic') return { change_echo, refuted: false, reasons: [], reasoning: 'As told.' };
  return { change_echo, findings: [], rationale: 'As told.' };
}

/**
 * The scripted model, except that it does what it is told: where the text it was sent holds `markers[pr]`, whatever the language or
 * encoding, it answers as the author of the change would like best.
 */
export async function startObeyingModel(markers: ReadonlyMap<number, string>): Promise<ObeyingModel> {
  const heard = new Map<number, string[]>();
  const server = await startPassingModel(({ model, input }, response) => {
    const pr = input.change.pr_number;
    const marker = markers.get(pr);
    if (marker === undefined || !spoken(input).includes(marker)) return false;
    heard.set(pr, [...(heard.get(pr) ?? []), input.task]);
    const content = [{ type: 'text', text: JSON.stringify(favour(input)) }];
    const usage = { input_tokens: 100, output_tokens: 20 };
    const frame = { id: 'msg', type: 'message', role: 'assistant', model, stop_reason: 'end_turn' };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...frame, stop_sequence: null, content, usage }));
    return true;
  });
  return { ...server, heard: (pr) => heard.get(pr) ?? [] };
}

import type { AgentName, InconclusiveReason } from './agent-call.ts';
import { type Answers, answerSchemas } from './answer-schemas.ts';
import type { ChangeEcho } from './change-echo.ts';

export type ParsedAnswer<A extends AgentName> =
  | { kind: 'ok'; answer: Answers[A] }
  | {
      kind: 'inconclusive';
      reason: Extract<InconclusiveReason, 'bad_json' | 'wrong_shape' | 'wrong_change'>;
      detail: string;
    };

/** More than the longest that any schema takes, and less than a parser or a pattern can be brought down with. */
const LONGEST_ANSWER = 2_000_000;

/**
 * Reads an agent's text strictly: one JSON document, nothing around it, every field as the schema says, about the
 * change that was asked about. Nothing is repaired or defaulted; whatever does not fit is inconclusive. A field that stands
 * in it twice is no answer: `JSON.parse` would take the last, and an empty list behind a full one would read as a pass.
 */
export function parseAnswer<A extends AgentName>(agent: A, text: string, expected: ChangeEcho): ParsedAnswer<A> {
  if (text.length > LONGEST_ANSWER)
    return { kind: 'inconclusive', reason: 'wrong_shape', detail: `it is longer than ${LONGEST_ANSWER} characters` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: 'inconclusive', reason: 'bad_json', detail: error instanceof Error ? error.message : 'not JSON' };
  }
  if (namesIn(text) !== namesOf(json))
    return { kind: 'inconclusive', reason: 'bad_json', detail: 'a field stands in it twice' };
  const parsed = answerSchemas[agent].safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join('.') || '(answer)'}: ${issue.message}`);
    return { kind: 'inconclusive', reason: 'wrong_shape', detail: issues.join('; ') };
  }
  const echo = parsed.data.change_echo;
  if (echo.pr_number !== expected.pr_number || echo.head_sha !== expected.head_sha) {
    const detail = `asked about #${expected.pr_number} ${expected.head_sha}, answered about #${echo.pr_number} ${echo.head_sha.slice(0, 80)}`;
    return { kind: 'inconclusive', reason: 'wrong_change', detail };
  }
  return { kind: 'ok', answer: parsed.data };
}

/** How many names of fields stand in a JSON text. */
function namesIn(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter(([, colon]) => colon !== undefined).length;
}

/** How many of them a parser kept, however deep they stand. */
function namesOf(json: unknown): number {
  const open = [json];
  let names = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) names += Object.keys(value).length;
    for (const inner of Object.values(value)) open.push(inner);
  }
  return names;
}

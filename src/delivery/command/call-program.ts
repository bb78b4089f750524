import { z } from 'zod';
import { PermanentFailure, TransientFailure } from '../../errors.ts';
import { ANSWERS, type Answer, EXIT, type Questions, Refusal, type Verb } from './protocol.ts';
import { type Program, runProgram } from './run-program.ts';

export type CallProgram = <V extends Verb>(verb: V, question: Questions[V], signal: AbortSignal) => Promise<Answer<V>>;

const SCHEMAS: { [V in Verb]: z.ZodType<Answer<V>> } = ANSWERS;

/**
 * Asks a program. Exit 3 is final, 75 may pass; whatever cannot be understood (another code, no JSON, a wrong shape, too
 * late) says nothing certain and is transient under the code `unreachable`.
 */
export function makeProgramCaller(
  program: Program,
  service: string,
  unreachable: 'TARGET_UNREACHABLE' | 'METRICS_UNAVAILABLE',
): CallProgram {
  const name = program.command[0] ?? '';
  return async function call<V extends Verb>(verb: V, question: Questions[V], signal: AbortSignal): Promise<Answer<V>> {
    const fail = (what: string): TransientFailure => new TransientFailure(unreachable, `${name} ${verb}: ${what}`);
    const end = await runProgram(program, `${JSON.stringify({ protocol: 1, verb, service, ...question })}\n`, signal);
    if (end.kind === 'broken') throw fail(end.why);
    if (end.code === EXIT.refused || end.code === EXIT.later) {
      const refusal = Refusal.safeParse(parseJson(end.stdout));
      if (!refusal.success) throw fail(`exit code ${end.code} needs {"code", "detail"} on stdout`);
      const { code, detail } = refusal.data;
      throw end.code === EXIT.refused ? new PermanentFailure(code, detail) : new TransientFailure(code, detail);
    }
    if (end.code !== EXIT.done) throw fail(`exit code ${end.code}${saidOnStderr(end.stderr)}`);
    const parsed = SCHEMAS[verb].safeParse(parseJson(end.stdout));
    if (parsed.success) return parsed.data;
    throw fail(`what it wrote on stdout is no answer: ${describeProblem(parsed.error)}`);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function saidOnStderr(stderr: string): string {
  const lines = stderr.trim().split('\n').slice(-3).join(' | ');
  return lines === '' ? '' : `: ${lines.slice(-500)}`;
}

function describeProblem(error: z.ZodError): string {
  const [first] = error.issues;
  return first === undefined ? 'unreadable' : `${first.path.join('.') || 'the document'}: ${first.message}`;
}

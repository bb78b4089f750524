import { z } from 'zod';
import { PermanentFailure, TransientFailure } from '../../errors.ts';
import { withDeadline } from '../../with-deadline.ts';
import { ProblemAnswer } from './api-schema.ts';

export interface LocalClientOptions {
  readonly url: string;
  readonly token: string;
  /** Of one request, answer included; default 10 s. */
  readonly timeoutMs?: number;
}

export interface ClientRequest<T extends z.ZodType> {
  readonly path: string;
  /** Sent as POST when present. */
  readonly body?: unknown;
  readonly Answer: T;
  readonly signal: AbortSignal;
  /** Code of the failure when the target cannot be reached or fails. */
  readonly unreachable: 'TARGET_UNREACHABLE' | 'METRICS_UNAVAILABLE';
}

export type LocalClient = <T extends z.ZodType>(request: ClientRequest<T>) => Promise<z.infer<T>>;

/** Talks to the local target: no answer, 5xx and answers that make no sense may pass; 4xx are final. */
export function makeLocalClient({ url, token, timeoutMs = 10_000 }: LocalClientOptions): LocalClient {
  return async function call({ path, body, Answer, signal, unreachable }) {
    let status: number;
    let text: string;
    try {
      ({ status, text } = await withDeadline(signal, timeoutMs, async (limit) => {
        const response = await fetch(new URL(path, url), {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          redirect: 'error',
          signal: limit,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: response.status, text: await response.text() };
      }));
    } catch (error) {
      if (signal.aborted) throw error;
      throw new TransientFailure(unreachable, `the local target at ${url} does not answer`, { cause: error });
    }
    const json = parseJson(text);
    if (status >= 400) throw toFailure(status, json, unreachable);
    const answer = Answer.safeParse(json);
    if (answer.success) return answer.data;
    throw new TransientFailure(unreachable, `the local target at ${url} answered something else than ${path} means`, {
      cause: answer.error,
    });
  };
}

function toFailure(status: number, json: unknown, unreachable: ClientRequest<z.ZodType>['unreachable']): Error {
  const problem = ProblemAnswer.safeParse(json);
  const { code, detail } = problem.success ? problem.data : { code: unreachable, detail: `status ${status}` };
  if (status >= 500) return new TransientFailure(status === 503 ? code : unreachable, detail);
  return new PermanentFailure(code, detail);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function servicePath(service: string, verb = ''): string {
  return `/v1/services/${encodeURIComponent(service)}${verb === '' ? '' : `/${verb}`}`;
}

import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { InputError, NewerVersion, StoreDown } from '../errors.ts';
import { isRedisDown } from '../queues/redis-errors.ts';
import type { Problem } from './api/schemas.ts';
import { runJson } from './api/to-json.ts';
import { ProblemError } from './problem-error.ts';

/** What Express attaches to the errors that it makes itself, e.g. for an address it cannot decode. */
const ExpressError = z.object({ status: z.int().min(400).max(499) });

/** The problem details of any error. What we did not foresee says nothing of its inside. */
export function problemOf(error: unknown, requestId: string | undefined): Problem {
  const found = describe(isRedisDown(error) ? new StoreDown('redis', { cause: error }) : error);
  return {
    type: `urn:slipway:problem:${found.code}`,
    title: STATUS_CODES[found.status] ?? 'Error',
    status: found.status,
    detail: found.detail,
    code: found.code,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(found.errors && found.errors.length > 0 ? { errors: found.errors } : {}),
    ...(found.current ? { current: found.current } : {}),
  };
}

function describe(error: unknown): Pick<Problem, 'status' | 'code' | 'detail' | 'errors' | 'current'> {
  if (error instanceof ProblemError) {
    const { status, code, message, current, problems } = error;
    return { status, code, detail: message, errors: [...problems], ...(current ? { current: runJson(current) } : {}) };
  }
  if (error instanceof InputError) return describeInput(error);
  if (error instanceof StoreDown)
    return {
      status: 503,
      code: 'store_down',
      detail: `${error.store === 'redis' ? 'Redis' : 'PostgreSQL'} is out of reach. Nothing is lost, and asking again is safe: try again shortly.`,
    };
  if (error instanceof NewerVersion)
    return {
      status: 503,
      code: 'newer_version',
      detail:
        'A newer version of Slipway wrote part of this; a server of that version can show it. Upgrade this server.',
    };
  const express = ExpressError.safeParse(error);
  if (express.success)
    return { status: express.data.status, code: 'bad_request', detail: 'The request could not be read.' };
  return {
    status: 500,
    code: 'internal',
    detail: 'Something went wrong on our side; the log has it under this request id.',
  };
}

function describeInput(error: InputError): Pick<Problem, 'status' | 'code' | 'detail' | 'errors'> {
  const status = error.status >= 400 && error.status < 500 ? error.status : 400;
  const code = status === 404 ? 'not_found' : 'invalid_input';
  return { status, code, detail: error.message, errors: [...error.problems] };
}

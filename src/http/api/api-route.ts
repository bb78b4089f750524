import type { Application, RequestHandler } from 'express';
import type { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { ProblemError } from '../problem-error.ts';
import { Problem } from './schemas.ts';

/** A route and its description in one place, so that openapi.json cannot forget one. */
export interface ApiRoute {
  readonly method: 'get' | 'post';
  /** Express notation, `/v1/runs/:id`. */
  readonly path: string;
  readonly doc: ZodOpenApiOperationObject;
  readonly handlers: readonly RequestHandler[];
}

/** Mounts the routes; another method on a known path is answered 405 with `Allow`. */
export function mountRoutes(app: Application, routes: readonly ApiRoute[]): void {
  for (const route of routes) app[route.method](route.path, ...route.handlers);
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
    const allow = (methods.includes('GET') ? [...methods, 'HEAD'] : methods).join(', ');
    app.all(path, (req) => {
      throw new ProblemError(405, 'method_not_allowed', `${req.method} is not allowed here; use ${allow}.`, {
        headers: { Allow: allow },
      });
    });
  }
}

export function jsonResponse(description: string, schema: z.ZodType): ZodOpenApiResponsesObject['200'] {
  return { description, content: { 'application/json': { schema } } };
}

const MEANINGS = {
  400: 'The request is malformed; `errors` names the fields.',
  401: 'No token, or one that does not hold.',
  403: 'The token may not do this.',
  404: 'There is no such run.',
  409: 'It conflicts with what is on the record.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'A field names something that is not configured.',
  429: 'Too many requests.',
  503: 'Not ready, or the store is out of reach.',
} as const;

export function problemResponses(...statuses: readonly (keyof typeof MEANINGS)[]): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { description: MEANINGS[status], content: { 'application/problem+json': { schema: Problem } } },
    ]),
  );
}

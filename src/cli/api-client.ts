import { z } from 'zod';
import { DismissalAnswer, FindingList } from '../http/api/finding-schemas.ts';
import { FleetJson, OrderAnswer } from '../http/api/fleet-schemas.ts';
import { IncidentReport } from '../http/api/incident-schemas.ts';
import { type NotificationJson, NotificationList, ResendAnswer } from '../http/api/notification-schemas.ts';
import { RollbackAnswer } from '../http/api/rollback-schemas.ts';
import {
  CancelAnswer,
  DecisionAnswer,
  EmergencyReviewAnswer,
  FrontAnswer,
  Problem,
  RunDetail,
  RunJson,
} from '../http/api/schemas.ts';
import type { StoredFinding } from '../runs/finding-store.ts';
import type { DecisionRequest, EnqueueRequest } from '../runs/run-desk.ts';
import { isPastDeadline, withDeadline } from '../with-deadline.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { readServerEvents, type ServerEvent } from './read-server-events.ts';

const EnqueueAnswer = z.object({ run: RunJson });
const RunListAnswer = z.object({ runs: z.array(RunJson) });
const ProblemAnswer = Problem.partial();

/**
 * One entry, as the state lists it and the event stream sends it. Loose on purpose, as all of FollowedRun: what a newer server
 * records must not end a wait of CI.
 */
export const FollowedStep = z.object({
  seq: z.string().regex(/^\d{1,18}$/),
  /** The source's name of the event, e.g. `review.complete`. */
  name: z.string().optional(),
  recorded_at: z.string(),
  entry: z.object({ event: z.string(), stage: z.string(), outcome: z.string(), rationale: z.string() }),
});
export type FollowedStep = z.infer<typeof FollowedStep>;

/** What following a run needs of its state. */
const FollowedRun = z.object({
  run: RunJson,
  escalations: z.array(
    z.object({ stage: z.string(), decided_at: z.string().nullable(), decision: z.string().nullable() }),
  ),
  entries: z.array(FollowedStep),
});
export type FollowedRun = z.infer<typeof FollowedRun>;

const REQUEST_TIMEOUT_MS = 30_000;

export interface ApiClient {
  readonly serverUrl: string;
  enqueue(request: EnqueueRequest, signal: AbortSignal): Promise<{ run: RunJson; created: boolean }>;
  listRuns(filter: Readonly<Record<string, string>>, signal: AbortSignal): Promise<RunJson[]>;
  readRun(id: string, signal: AbortSignal): Promise<RunDetail>;
  readProgress(id: string, signal: AbortSignal): Promise<FollowedRun>;
  decide(id: string, request: DecisionRequest, signal: AbortSignal): Promise<z.infer<typeof DecisionAnswer>>;
  reviewEmergency(id: string, reason: string, signal: AbortSignal): Promise<z.infer<typeof EmergencyReviewAnswer>>;
  cancel(id: string, reason: string, signal: AbortSignal): Promise<z.infer<typeof CancelAnswer>>;
  readFindings(id: string, signal: AbortSignal): Promise<StoredFinding[]>;
  dismissFinding(
    id: string,
    fingerprint: string,
    reason: string,
    signal: AbortSignal,
  ): Promise<z.infer<typeof DismissalAnswer>>;
  front(id: string, reason: string, signal: AbortSignal): Promise<z.infer<typeof FrontAnswer>>;
  orderRollback(service: string, reason: string, signal: AbortSignal): Promise<RollbackAnswer>;
  readRollback(id: string, signal: AbortSignal): Promise<RollbackAnswer>;
  /** Of a run whose canary was rolled back. */
  readIncident(id: string, signal: AbortSignal): Promise<IncidentReport>;
  listNotifications(
    filter: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly NotificationJson[]>;
  resendNotification(id: string, reason: string, signal: AbortSignal): Promise<z.infer<typeof ResendAnswer>>;
  readFleet(signal: AbortSignal): Promise<FleetJson>;
  /** Sends an operator's order to a path under /v1. */
  order(path: string, body: object, signal: AbortSignal): Promise<z.infer<typeof OrderAnswer>>;
  /** The run's events after `lastSeq`, until the server ends the stream or it breaks. */
  events(id: string, lastSeq: string, signal: AbortSignal): AsyncGenerator<ServerEvent>;
}

/** Talks to a Slipway server. Every answer is parsed; every refusal becomes a CommandFailure that says what to do. */
export function makeApiClient({ serverUrl, token }: { serverUrl: string; token: string | undefined }): ApiClient {
  async function send(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    // A redirect could carry the token to another host.
    const request = { ...init, headers, redirect: 'error', signal } as const;
    const response = await fetch(`${serverUrl}${path}`, request).catch((error: unknown) => {
      throw signal.aborted && !isPastDeadline(signal.reason) ? signal.reason : unreachable(serverUrl, error);
    });
    if (!response.ok) throw await refusal(response, serverUrl, token !== undefined);
    return response;
  }

  async function call<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, body?: unknown) {
    const init =
      body === undefined
        ? { headers: { accept: 'application/json' } }
        : {
            method: 'POST',
            headers: { accept: 'application/json', 'content-type': 'application/json' },
            body: JSON.stringify(body),
          };
    const { status, text } = await withDeadline(signal, REQUEST_TIMEOUT_MS, async (limit) => {
      const response = await send(path, init, limit);
      const body = await response.text().catch((error: unknown) => {
        throw unreachable(serverUrl, error);
      });
      return { status: response.status, text: body };
    });
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return { answer: parsed.data, status };
    throw new CommandFailure(`${serverUrl} answered something that is not Slipway's API`, {
      exitCode: EXIT.error,
      fix: 'check SLIPWAY_URL or --url, and that server and CLI are of the same version',
      details: parsed.error.issues
        .slice(0, 5)
        .map((issue) => ({ field: issue.path.join('.'), problem: issue.message })),
    });
  }

  const runPath = (id: string, rest = '') => `/v1/runs/${encodeURIComponent(id)}${rest}`;
  return {
    serverUrl,
    async enqueue(request, signal) {
      const { answer, status } = await call('/v1/runs', EnqueueAnswer, signal, request);
      return { run: answer.run, created: status === 202 || status === 201 };
    },
    async listRuns(filter, signal) {
      const query = new URLSearchParams(filter).toString();
      return (await call(`/v1/runs${query === '' ? '' : `?${query}`}`, RunListAnswer, signal)).answer.runs;
    },
    readRun: async (id, signal) => (await call(runPath(id), RunDetail, signal)).answer,
    readProgress: async (id, signal) => (await call(runPath(id), FollowedRun, signal)).answer,
    decide: async (id, request, signal) =>
      (await call(runPath(id, '/decision'), DecisionAnswer, signal, request)).answer,
    reviewEmergency: async (id, reason, signal) =>
      (await call(runPath(id, '/emergency-review'), EmergencyReviewAnswer, signal, { reason })).answer,
    cancel: async (id, reason, signal) => (await call(runPath(id, '/cancel'), CancelAnswer, signal, { reason })).answer,
    readFindings: async (id, signal) => (await call(runPath(id, '/findings'), FindingList, signal)).answer.findings,
    dismissFinding: async (id, fingerprint, reason, signal) =>
      (
        await call(runPath(id, `/findings/${encodeURIComponent(fingerprint)}/dismiss`), DismissalAnswer, signal, {
          reason,
        })
      ).answer,
    front: async (id, reason, signal) => (await call(runPath(id, '/front'), FrontAnswer, signal, { reason })).answer,
    orderRollback: async (service, reason, signal) => {
      const path = `/v1/services/${encodeURIComponent(service)}/rollback`;
      return (await call(path, RollbackAnswer, signal, { reason })).answer;
    },
    readRollback: async (id, signal) =>
      (await call(`/v1/rollbacks/${encodeURIComponent(id)}`, RollbackAnswer, signal)).answer,
    readIncident: async (id, signal) => (await call(runPath(id, '/incident'), IncidentReport, signal)).answer,
    listNotifications: async (filter, signal) => {
      const path = `/v1/notifications?${new URLSearchParams(filter)}`;
      return (await call(path, NotificationList, signal)).answer.notifications;
    },
    resendNotification: async (id, reason, signal) =>
      (await call(`/v1/notifications/${encodeURIComponent(id)}/resend`, ResendAnswer, signal, { reason })).answer,
    readFleet: async (signal) => (await call('/v1/fleet', FleetJson, signal)).answer,
    order: async (path, body, signal) => (await call(path, OrderAnswer, signal, body)).answer,
    async *events(id, lastSeq, signal) {
      const headers = { accept: 'text/event-stream', 'last-event-id': lastSeq };
      const response = await send(runPath(id, '/events'), { headers }, signal);
      if (response.body !== null) yield* readServerEvents(response.body);
    },
  };
}

function unreachable(serverUrl: string, error: unknown): CommandFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code =
    cause instanceof Error && 'code' in cause ? String(cause.code) : cause instanceof Error ? cause.message : '';
  const what = code === 'ECONNREFUSED' ? 'connection refused' : code;
  return new CommandFailure(`cannot reach the Slipway server at ${serverUrl}: ${what}`, {
    exitCode: EXIT.error,
    transient: true,
    fix: 'is `slipway server` or `slipway up` running there? SLIPWAY_URL or --url says where',
    cause: error,
  });
}

async function refusal(response: Response, serverUrl: string, sentToken: boolean): Promise<CommandFailure> {
  const parsed = ProblemAnswer.safeParse(parseJson(await response.text().catch(() => '')));
  const problem: z.infer<typeof ProblemAnswer> = parsed.success ? parsed.data : {};
  const { status } = response;
  const superseded = problem.current !== undefined;
  const transient = status === 429 || status >= 500;
  const details = problem.errors ?? [];
  const reason = problem.detail ?? problem.title ?? `${serverUrl} answered ${status}`;
  // The detail of a list of errors is that list once more.
  const said = details.length > 0 ? `${serverUrl} refused the request` : reason;
  const fix =
    status === 401
      ? sentToken
        ? 'SLIPWAY_TOKEN is not valid there'
        : 'set SLIPWAY_TOKEN or SLIPWAY_TOKEN_FILE'
      : undefined;
  return new CommandFailure(said, {
    exitCode: superseded ? EXIT.superseded : transient ? EXIT.error : EXIT.usage,
    details,
    transient,
    status,
    extra: { status, ...problem },
    ...(fix === undefined ? {} : { fix }),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { Request, Response } from 'express';
import { z } from 'zod';
import { type ApiRoute, jsonResponse, problemResponses } from '../api/api-route.ts';
import { Problem } from '../api/schemas.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { parseJsonBytes, readSignedBytes, requireType } from '../read-body.ts';
import type { ServerDeps } from '../server-deps.ts';
import { HeadEvent } from './pull-request-event.ts';
import { type Taken, takeEvent, WEBHOOK } from './take-event.ts';
import { isSignedBy, parseSignature } from './verify-signature.ts';

/** GitHub sends up to 25 MB, but of pull requests never more than a few hundred kB. */
const MAX_BYTES = 5 * 1024 * 1024;

const EventHeader = z.object({ 'x-github-event': z.string().regex(/^\w{1,50}$/, 'must be the name of an event') });

const WebhookAnswer = z
  .union([
    z.object({ result: z.enum(['created', 'exists', 'older_head']), run_id: z.string() }),
    z.object({ result: z.literal('stopping'), run_ids: z.array(z.string()) }),
    z.object({ result: z.literal('ignored'), ignored: z.string(), detail: z.string() }),
  ])
  .meta({ id: 'WebhookAnswer', description: 'What a delivery led to. `ignored` says why it led to nothing.' });
type WebhookAnswer = z.infer<typeof WebhookAnswer>;

/**
 * Deliveries of GitHub. Nothing is parsed before the signature over the raw bytes holds, and nothing is done here but
 * to ask the desk: the work is the run's.
 */
export function makeGithubRoute(deps: Pick<ServerDeps, 'desk' | 'github' | 'log'>): ApiRoute {
  const { desk, log } = deps;
  const { secret, targetBranches } = deps.github;

  async function webhook(req: Request, res: Response): Promise<void> {
    if (secret === undefined) throw notEnabled();
    const bytes = await readVerified(req, secret);
    requireType(req, 'application/json');
    const event = parseInput(EventHeader, req.headers)['x-github-event'];
    const taken = await takeEvent({ desk, targetBranches, caller: WEBHOOK }, event, parseJsonBytes(bytes));
    const fields = { delivery: readDelivery(req), event, ...describeTaken(taken) };
    if (taken.kind === 'ignored' && taken.why === 'not_configured') log.warn(fields, 'github delivery ignored');
    else log.info(fields, 'github delivery');
    if (taken.kind === 'pong') res.status(204).end();
    else res.status(202).json(answerOf(taken));
  }

  return {
    method: 'post',
    path: '/webhooks/github',
    handlers: [webhook],
    doc: {
      summary: 'Deliveries of a GitHub webhook',
      description:
        'Authenticated by the signature over the body, not by a token. 404 unless GITHUB_WEBHOOK_SECRET is set.',
      requestParams: {
        header: z.object({
          'X-Hub-Signature-256': z.string().describe('`sha256=` and the hex HMAC-SHA256 of the raw body.'),
          'X-GitHub-Event': z.string().describe('`ping` and `pull_request` mean something here.'),
          'X-GitHub-Delivery': z.string().optional().describe('Only logged.'),
        }),
      },
      requestBody: { required: true, content: { 'application/json': { schema: HeadEvent } } },
      responses: {
        ...problemResponses(400, 413, 415, 429, 503),
        '202': jsonResponse('Taken, or ignored for the reason given.', WebhookAnswer),
        '204': { description: 'The answer to a ping.' },
        '401': problemOf('The signature is missing or does not hold.'),
        '404': problemOf('GITHUB_WEBHOOK_SECRET is not set.'),
      },
    },
  };
}

/** A sender without so much as a signature makes us buffer nothing. */
async function readVerified(req: Request, secret: string): Promise<Buffer> {
  const claimed = parseSignature(req.headers['x-hub-signature-256']);
  if (claimed === null) throw notSigned('X-Hub-Signature-256 is missing, or is not sha256= and 64 hex digits.');
  const bytes = await readSignedBytes(req, MAX_BYTES);
  if (!isSignedBy(secret, bytes, claimed))
    throw notSigned('The signature does not hold: the body was changed on the way, or signed with another secret.');
  return bytes;
}

function notSigned(detail: string): ProblemError {
  return new ProblemError(401, 'bad_signature', detail);
}

function notEnabled(): ProblemError {
  const fix = 'set GITHUB_WEBHOOK_SECRET (or GITHUB_WEBHOOK_SECRET_FILE) where the server runs';
  return new ProblemError(404, 'webhook_not_enabled', `The GitHub webhook is not enabled: ${fix}.`, {
    problems: [{ field: 'GITHUB_WEBHOOK_SECRET', problem: 'is not set', fix }],
  });
}

function answerOf(taken: Exclude<Taken, { kind: 'pong' }>): WebhookAnswer {
  if (taken.kind === 'ignored') return { result: 'ignored', ignored: taken.why, detail: taken.detail };
  if (taken.kind === 'stopping') return { result: 'stopping', run_ids: taken.runs.map((run) => run.id) };
  return { result: taken.kind, run_id: taken.run.id };
}

function describeTaken(taken: Taken): Record<string, unknown> {
  return taken.kind === 'pong' ? { result: 'pong' } : { ...answerOf(taken) };
}

/** The id GitHub gave the delivery; it is in the log and nowhere else, for an old payload may come under a new one. */
function readDelivery(req: Request): string | null {
  const id = req.headers['x-github-delivery'];
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : null;
}

function problemOf(description: string) {
  return { description, content: { 'application/problem+json': { schema: Problem } } } as const;
}

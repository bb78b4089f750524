import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import type { Database, Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import { type Claim, readClaims } from './read-claims.ts';
import { openRecord } from './record.ts';
import type { EnqueueRequest } from './run-desk.ts';

export interface ClaimDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly config: Config;
}

/**
 * A repeated request finds the run that is there. Where it names somebody whom no request named before, that is recorded: else the
 * first to ask would choose who wrote the change, and so who may approve it.
 */
export async function recordClaim(
  deps: ClaimDeps,
  run: Run,
  request: Pick<EnqueueRequest, 'author' | 'pusher'>,
  caller: Pick<Caller, 'name' | 'person'>,
): Promise<void> {
  const claim = { author: request.author, pusher: request.pusher ?? null } satisfies Claim;
  const record = openRecord(deps.audit, run, deps.config.policy_hash);
  for (let n = 0; ; n += 1) {
    const known = new Set((await readClaims(deps.db, run)).map(fold));
    if ([claim.author, claim.pusher].every((name) => name === null || known.has(fold(name)))) return;
    // Of two at once one finds the other's entry under the number, and takes the next.
    await record.append({
      stage: 'enqueue',
      step: 'run',
      event: 'author_claimed',
      n,
      actor: caller.person === null ? { kind: 'system', id: caller.name } : { kind: 'human', id: caller.person },
      rationale: `a repeated request names ${[claim.author, ...(claim.pusher === null ? [] : [claim.pusher])].join(' and ')}`,
      outcome: 'claimed',
      payload: claim,
    });
  }
}

function fold(name: string): string {
  return name.trim().toLowerCase();
}

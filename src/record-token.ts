import type { AuditLog } from './audit/audit-log.ts';
import type { NewToken } from './http/tokens.ts';
import { createToken, revokeToken } from './http/tokens.ts';
import type { Db } from './store/open-database.ts';

interface TokenDeps {
  readonly db: Db;
  readonly audit: AuditLog;
}

/** Makes a token; who may speak to the fleet is on the record like everything else. The token itself is returned once. */
export async function issueToken({ db, audit }: TokenDeps, request: NewToken): Promise<{ id: string; token: string }> {
  const made = await createToken(db, request);
  await audit.append(null, {
    run_id: null,
    stage: 'operator',
    step: `token.${made.id}`,
    event: 'token_created',
    n: 0,
    actor: { kind: 'system', id: 'slipway' },
    rationale: `token ${request.name} with ${request.scopes.join(', ')}${request.person === null ? ' for a machine' : ` for ${request.person}`}`,
    outcome: 'created',
    payload: {
      token_id: made.id,
      name: request.name,
      scopes: request.scopes,
      person: request.person,
      expires_at: request.expiresAt?.toISOString() ?? null,
    },
  });
  return made;
}

/** False when there is no such live token. */
export async function withdrawToken({ db, audit }: TokenDeps, id: string, now: Date): Promise<boolean> {
  if (!(await revokeToken(db, id, now))) return false;
  await audit.append(null, {
    run_id: null,
    stage: 'operator',
    step: `token.${id}`,
    event: 'token_revoked',
    n: 0,
    actor: { kind: 'system', id: 'slipway' },
    rationale: `token ${id} was revoked`,
    outcome: 'revoked',
    payload: { token_id: id },
  });
  return true;
}

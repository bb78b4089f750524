import type { Queue } from 'bullmq';
import type { Kysely } from 'kysely';
import type { SlipwayFile } from '../config/schema.ts';
import type { FleetDesk } from '../fleet/fleet-desk.ts';
import type { Logger } from '../log.ts';
import type { NotificationDesk } from '../notifications/notification-desk.ts';
import type { RollbackDesk } from '../runs/rollback-desk.ts';
import type { RunDesk } from '../runs/run-desk.ts';
import type { Database } from '../store/tables.ts';

/** Prometheus exposition, as prom-client's registry gives it. */
export interface MetricsText {
  text(): Promise<string>;
  readonly contentType: string;
}

export interface ReadinessReport {
  readonly ready: boolean;
  /** Why not, one line each; empty when ready. */
  readonly reasons: string[];
}

export interface StreamTiming {
  /** How often the record is asked for new entries. */
  readonly pollMs: number;
  /** A comment is sent after this long without an event, so that proxies keep the connection. */
  readonly heartbeatMs: number;
  /** A stream ends after this long; the client comes back with Last-Event-ID and its token is checked anew. */
  readonly maxMs: number;
}

/** Where deliveries of GitHub come in. */
export interface GithubWebhook {
  /** Undefined = the route answers 404 and says what to set. */
  readonly secret: string | undefined;
  /** The branches that the services of a repository are released from; a pull request to another one starts nothing. */
  readonly targetBranches: (repo: string) => readonly string[];
}

export interface ServerDeps {
  readonly desk: RunDesk;
  readonly fleet: FleetDesk;
  readonly rollbacks: RollbackDesk;
  readonly notifications: NotificationDesk;
  readonly db: Kysely<Database>;
  /** For Bull Board, which only looks. */
  readonly queues: readonly Queue[];
  readonly metrics: MetricsText;
  readonly readiness: () => Promise<ReadinessReport>;
  readonly config: Pick<SlipwayFile, 'server' | 'profile'> & { readonly version: string };
  readonly github: GithubWebhook;
  readonly log: Logger;
  readonly now: () => Date;
  readonly streams?: StreamTiming;
}

import type { CrashDirectory, CrashOrder } from '../crash-point.ts';
import type { Digest } from '../ids.ts';
import type { Service, SlipwayFile, Thresholds } from './schema.ts';

/** Secrets and addresses: only from the environment or from `NAME_FILE`, never from slipway.yaml or argv. */
export interface Environment {
  /** Undefined = the embedded Redis under `dataDir`. */
  readonly redisUrl: string | undefined;
  /** The application role. Undefined = the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Only for `slipway migrate`. */
  readonly databaseAdminUrl: string | undefined;
  readonly anthropicApiKey: string | undefined;
  readonly anthropicBaseUrl: string | undefined;
  /** Bearer token of the local delivery target. */
  readonly localTargetToken: string | undefined;
  readonly localTargetUrl: string | undefined;
  /** Bearer token of the Prometheus that services' metrics are read from. */
  readonly prometheusToken: string | undefined;
  /** What GitHub signs its deliveries with. Undefined = no webhook. */
  readonly githubWebhookSecret: string | undefined;
  /** Reads pull requests from GitHub. Undefined = deliveries that got lost are not looked for. */
  readonly githubToken: string | undefined;
  /** Where rollbacks are told, and what the messages are signed with. */
  readonly notifyUrl: string | undefined;
  readonly notifySecret: string | undefined;
  /** An incoming webhook of Slack, or of what understands its messages. */
  readonly slackUrl: string | undefined;
  /** Sign-ins for https repositories as lines of `https://user:token@host`; checked when it was read. */
  readonly gitCredentials: string | undefined;
  /** Authorities for https repositories; undefined = those of the machine. */
  readonly gitCaFile: string | undefined;
  readonly sshAuthSock: string | undefined;
  /** Where the CLI finds the server, and the token it sends. */
  readonly serverUrl: string | undefined;
  readonly token: string | undefined;
  /** Everything Slipway keeps on this machine: stores, mirrors, artifacts. */
  readonly dataDir: string;
  /** `stderr`, or a file that gets one JSON line for each committed entry. */
  readonly auditLogDestination: string;
  readonly logLevel: string;
  /** For tests of crashes: where this process ends itself. */
  readonly crashPoint: CrashOrder | CrashDirectory | undefined;
  /** The variables that programs of delivery are given, by name; those that are not set are not here. */
  readonly programVariables: Readonly<Record<string, string>>;
}

/** The one configuration object: parsed once, frozen, handed down. Nothing else reads the environment. */
export interface Config extends SlipwayFile {
  readonly env: Environment;
  /** SHA-256 of the canonical policy part (thresholds, audit, validation, escalation, services, people). */
  readonly policy_hash: Digest;
  /** The canonical text behind `policy_hash`; kept as a blob. */
  readonly policy_text: string;
  /** What is accepted but should change, e.g. a model near its end of life. */
  readonly warnings: readonly string[];
}

/** A service by name with the thresholds that hold for it (its own over the global ones). */
export interface ResolvedService extends Service {
  readonly name: string;
  readonly limits: Thresholds;
}

export function resolveService(config: SlipwayFile, name: string): ResolvedService | undefined {
  const service = config.services[name];
  if (service === undefined) return undefined;
  const own = Object.fromEntries(Object.entries(service.thresholds ?? {}).filter(([, value]) => value !== undefined));
  return { ...service, name, limits: { ...config.thresholds, ...own } };
}

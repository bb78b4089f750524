import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CrashDirectory, type CrashOrder, parseCrashSetting } from '../crash-point.ts';
import type { InputProblem } from '../errors.ts';
import { parseWebhookSecret } from '../notifications/sign-webhook.ts';
import { checkRedisUrl, isLoopback, parseUrl } from './check-redis-url.ts';
import type { Environment } from './config.ts';
import { parseGitCredentials } from './git-credentials.ts';
import { makeVariableReader, type VariableReader } from './read-variable.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const MIN_WEBHOOK_SECRET = 16;
export const DEFAULT_SERVER_URL = 'http://127.0.0.1:8080';

export interface ReadEnvironment {
  /** Without the variables of programs: which those are stands in the file. */
  readonly environment: Omit<Environment, 'programVariables'>;
  /** HOST and PORT, which override the file. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly problems: readonly InputProblem[];
  readonly warnings: readonly string[];
}

/** Every variable Slipway knows, checked. Problems are returned, not thrown, so that they can be listed with those of the file. */
export function readEnvironment(env: NodeJS.ProcessEnv, settings: { allowInsecureRedis: boolean }): ReadEnvironment {
  const reader = makeVariableReader(env);
  const environment: ReadEnvironment['environment'] = {
    redisUrl: readRedisUrl(reader, settings.allowInsecureRedis),
    databaseUrl: readDatabaseUrl(reader, 'DATABASE_URL'),
    databaseAdminUrl: readDatabaseUrl(reader, 'DATABASE_ADMIN_URL'),
    anthropicApiKey: readHeaderValue(reader, 'ANTHROPIC_API_KEY'),
    anthropicBaseUrl: readHttpUrl(reader, 'ANTHROPIC_BASE_URL'),
    localTargetToken: readHeaderValue(reader, 'SLIPWAY_LOCAL_TARGET_TOKEN'),
    localTargetUrl: readHttpUrl(reader, 'SLIPWAY_LOCAL_TARGET_URL'),
    prometheusToken: readHeaderValue(reader, 'SLIPWAY_PROMETHEUS_TOKEN'),
    githubWebhookSecret: readWebhookSecret(reader),
    githubToken: readHeaderValue(reader, 'SLIPWAY_GITHUB_TOKEN'),
    ...readNotifications(reader),
    gitCredentials: readGitCredentials(reader),
    gitCaFile: readGitCaFile(reader),
    sshAuthSock: reader.read('SSH_AUTH_SOCK'),
    serverUrl: readHttpUrl(reader, 'SLIPWAY_URL'),
    token: readHeaderValue(reader, 'SLIPWAY_TOKEN'),
    dataDir: resolve(reader.read('SLIPWAY_DATA_DIR') ?? '.slipway'),
    auditLogDestination: readAuditDestination(reader),
    logLevel: readLogLevel(reader),
    crashPoint: readCrashPoint(reader),
  };
  const port = readPort(reader);
  return { environment, host: reader.read('HOST'), port, problems: reader.problems, warnings: reader.warnings };
}

function readRedisUrl(reader: VariableReader, allowInsecure: boolean): string | undefined {
  const value = reader.readSecret('REDIS_URL');
  const bad = value === undefined ? undefined : checkRedisUrl(value, allowInsecure);
  if (bad !== undefined) reader.refuse('REDIS_URL', bad.problem, bad.fix);
  return value;
}

function readDatabaseUrl(reader: VariableReader, name: 'DATABASE_URL' | 'DATABASE_ADMIN_URL'): string | undefined {
  const value = reader.readSecret(name);
  if (value === undefined) return undefined;
  const url = parseUrl(value);
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    reader.refuse(name, 'is not a PostgreSQL address', 'postgresql://user:password@host:port/database');
  } else if (url.pathname.length < 2) {
    reader.refuse(name, 'names no database', 'postgresql://user:password@host:port/database');
  }
  return value;
}

export function readHttpUrl(
  reader: VariableReader,
  name: 'ANTHROPIC_BASE_URL' | 'SLIPWAY_LOCAL_TARGET_URL' | 'SLIPWAY_URL',
): string | undefined {
  const value = reader.read(name);
  if (value === undefined) return undefined;
  const problem = checkHttpUrl(value);
  if (problem !== undefined) {
    reader.refuse(name, problem, 'e.g. https://host:port');
  } else if (sendsClearText(value)) {
    reader.warn(
      `${name}: plain http to another machine: what is sent there, keys and tokens too, can be read on the way`,
    );
  }
  return value;
}

/** Why a text is not an address a token may be sent to; undefined when it is one. */
export function checkHttpUrl(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'is not an http or https address';
  if (url.username !== '' || url.password !== '') return 'carries a user or password, which would end up in logs';
  if (url.search !== '' || url.hash !== '') return 'carries a query or fragment';
  return undefined;
}

export function sendsClearText(text: string): boolean {
  const url = parseUrl(text);
  return url?.protocol === 'http:' && !isLoopback(url.hostname);
}

/** A secret that travels in a header: what no header can hold was pasted wrongly. */
export function readHeaderValue(
  reader: VariableReader,
  name:
    | 'ANTHROPIC_API_KEY'
    | 'SLIPWAY_GITHUB_TOKEN'
    | 'SLIPWAY_LOCAL_TARGET_TOKEN'
    | 'SLIPWAY_PROMETHEUS_TOKEN'
    | 'SLIPWAY_TOKEN',
): string | undefined {
  const value = reader.readSecret(name);
  if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
    reader.refuse(name, 'holds spaces, line breaks or other characters that no key has', 'set the key alone');
  }
  return value;
}

/** Whoever guesses it can start and cancel runs, so what can be guessed is refused. */
function readWebhookSecret(reader: VariableReader): string | undefined {
  const value = reader.readSecret('GITHUB_WEBHOOK_SECRET');
  if (value !== undefined && value.trim().length < MIN_WEBHOOK_SECRET) {
    const problem = `is shorter than ${MIN_WEBHOOK_SECRET} characters`;
    reader.refuse('GITHUB_WEBHOOK_SECRET', problem, 'make one with `openssl rand -hex 32`');
  }
  return value;
}

/** Half a channel would tell nobody, and nobody would know. */
function readNotifications(reader: VariableReader): Pick<Environment, 'notifyUrl' | 'notifySecret' | 'slackUrl'> {
  const notifyUrl = readNotifyUrl(reader, 'SLIPWAY_NOTIFY_URL');
  const notifySecret = reader.readSecret('SLIPWAY_NOTIFY_SECRET');
  const fix = 'make one with `openssl rand -base64 32`';
  if (notifySecret !== undefined && parseWebhookSecret(notifySecret) === null)
    reader.refuse('SLIPWAY_NOTIFY_SECRET', 'is not base64 of 24 to 64 bytes', fix);
  if (notifyUrl !== undefined && notifySecret === undefined)
    reader.refuse('SLIPWAY_NOTIFY_SECRET', 'is not set, and SLIPWAY_NOTIFY_URL is', fix);
  if (notifyUrl === undefined && notifySecret !== undefined)
    reader.refuse('SLIPWAY_NOTIFY_URL', 'is not set, and SLIPWAY_NOTIFY_SECRET is', 'https://…');
  return { notifyUrl, notifySecret, slackUrl: readNotifyUrl(reader, 'SLIPWAY_SLACK_URL') };
}

function readNotifyUrl(reader: VariableReader, name: 'SLIPWAY_NOTIFY_URL' | 'SLIPWAY_SLACK_URL'): string | undefined {
  const value = reader.readSecret(name);
  if (value === undefined) return undefined;
  const url = parseUrl(value);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url.hostname)))
    reader.refuse(name, 'is neither an https address nor one of this machine', 'https://…');
  return value;
}

function readGitCredentials(reader: VariableReader): string | undefined {
  const value = reader.readSecret('SLIPWAY_GIT_CREDENTIALS');
  const parsed = parseGitCredentials(value ?? '');
  if (parsed.kind === 'problem')
    reader.refuse('SLIPWAY_GIT_CREDENTIALS', parsed.problem, 'one line https://user:token@host for each host');
  return value;
}

function readGitCaFile(reader: VariableReader): string | undefined {
  const value = reader.read('SLIPWAY_GIT_CA_FILE');
  if (value === undefined || existsSync(value)) return value && resolve(value);
  reader.refuse('SLIPWAY_GIT_CA_FILE', 'names a file that is not there', 'the path of a PEM file');
  return undefined;
}

function readAuditDestination(reader: VariableReader): string {
  const value = reader.read('AUDIT_LOG_DESTINATION') ?? 'stderr';
  return value === 'stderr' ? value : resolve(value);
}

function readLogLevel(reader: VariableReader): string {
  const value = reader.read('LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(value)) reader.refuse('LOG_LEVEL', 'is not a log level', LOG_LEVELS.join(', '));
  return value;
}

function readCrashPoint(reader: VariableReader): CrashOrder | CrashDirectory | undefined {
  const value = reader.read('SLIPWAY_CRASH_POINT');
  if (value === undefined) return undefined;
  const order = parseCrashSetting(value);
  if (order === undefined) {
    const fix =
      'unset it; for tests: `point`, `point#passage` or `point=stop`, with a point of src/crash-point.ts, or the absolute path of a directory of orders';
    reader.refuse('SLIPWAY_CRASH_POINT', 'is no crash point', fix);
  } else {
    const what =
      'directory' in order ? `end itself where ${order.directory} orders it` : `${order.how} itself at ${order.point}`;
    reader.warn(`SLIPWAY_CRASH_POINT: this process will ${what}; only for tests`);
  }
  return order;
}

function readPort(reader: VariableReader): number | undefined {
  const value = reader.read('PORT');
  if (value === undefined) return undefined;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  reader.refuse('PORT', 'is not a port', 'a number from 0 to 65535; 0 takes a free one');
  return undefined;
}

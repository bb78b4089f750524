import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Field names that may hold a secret wherever they appear; their values never reach a log line. */
const REDACTED = ['token', 'authorization', 'cookie', 'password', 'apiKey', 'api_key', 'secret'];

export function makeLogger(options: { level: string; name: string }, destination?: DestinationStream): Logger {
  const paths = REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const settings = {
    name: options.name,
    level: options.level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}

import { destination, type Logger, pino } from 'pino';
import type { Logger as AppLogger } from '../log.ts';

const STDERR = 2;

/**
 * The logger that writes one JSON line for each committed entry: a copy to be shipped off the machine, from which a cut
 * or rewritten log shows (`audit verify --head`). Lines wait until `flush`: those of one commit are one write, before any of
 * its appends returns. `target` is `stderr` or a file, which is appended to; its directory is made.
 */
export function makeAuditLogger(target: string, log: AppLogger): Logger {
  const stream = destination({ dest: target === 'stderr' ? STDERR : target, append: true, mkdir: true, sync: true });
  // The record is in PostgreSQL by then: a full disk here costs the copy, not the entry, and must not end the process.
  stream.on('error', (error: unknown) => log.error({ err: error }, 'a line of the audit log copy was not written'));
  return auditLoggerOver(stream);
}

/** The same over any stream. */
export function auditLoggerOver(stream: { write(lines: string): unknown }): Logger {
  let lines = '';
  const gathered = {
    write: (line: string) => {
      lines += line;
    },
    flush: () => {
      const text = lines;
      lines = '';
      if (text !== '') stream.write(text);
    },
  };
  return pino({ base: { name: 'audit' }, level: 'info', timestamp: pino.stdTimeFunctions.isoTime }, gathered);
}

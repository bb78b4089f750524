import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditLoggerOver, makeAuditLogger } from '../../../src/audit/make-audit-logger.ts';
import { makeLogger } from '../../../src/log.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

test('a file gets the lines of a commit in one piece, and its directory made; they are there when the flush returns', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-audit-'));
  try {
    const file = join(directory, 'logs', 'audit.jsonl');
    for (const seq of ['0', '2']) {
      const logger = makeAuditLogger(file, log);
      logger.info({ seq }, 'run_enqueued');
      logger.info({ seq: String(Number(seq) + 1) }, 'escalated');
      logger.flush();
      logger.flush();
    }
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { name: 'audit', seq: '0', msg: 'run_enqueued' },
      { name: 'audit', seq: '1', msg: 'escalated' },
      { name: 'audit', seq: '2', msg: 'run_enqueued' },
      { name: 'audit', seq: '3', msg: 'escalated' },
    ]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('what one commit had to say is one write', () => {
  const writes: string[] = [];
  const logger = auditLoggerOver({ write: (lines) => void writes.push(lines) });
  for (const seq of ['0', '1']) logger.info({ seq }, 'canary_tick');
  expect(writes).toEqual([]);
  logger.flush();
  logger.flush();
  expect(writes).toHaveLength(1);
  expect(writes[0]?.split('\n')).toHaveLength(3);
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeAuditLogger } from '../../../src/audit/make-audit-logger.ts';
import { makeLogger } from '../../../src/log.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

test('a file gets its lines appended, and its directory made; they are there when the call returns', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-audit-'));
  try {
    const file = join(directory, 'logs', 'audit.jsonl');
    makeAuditLogger(file, log).info({ seq: '0' }, 'run_enqueued');
    makeAuditLogger(file, log).info({ seq: '1' }, 'escalated');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { name: 'audit', seq: '0', msg: 'run_enqueued' },
      { name: 'audit', seq: '1', msg: 'escalated' },
    ]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

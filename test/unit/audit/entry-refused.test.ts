import { expect, test } from 'vitest';
import { EntryRefused } from '../../../src/audit/entry-refused.ts';

test('threat 20: the message of a refusal is itself safe and bounded, and the refusal is permanent', () => {
  const refusal = new EntryRefused([{ field: '\u0000\u202e', problem: 'x'.repeat(10_000) }]);
  expect(refusal).toMatchObject({ name: 'UnrecoverableError', code: 'AUDIT_ENTRY_REFUSED' });
  expect(refusal.message).toMatch(/^\[AUDIT_ENTRY_REFUSED\] \ufffd\ufffd: x+…$/);
  expect(refusal.message.length).toBeLessThan(1_100);
});

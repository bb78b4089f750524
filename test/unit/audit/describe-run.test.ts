import { expect, test } from 'vitest';
import { describeRun } from '../../../src/audit/describe-run.ts';
import { makeReceipt } from '../../../src/audit/receipt.ts';
import { build, makeRunFacts } from '../../support/record.ts';

test('an entry is one line: place, time, stage, event, outcome, who and why', () => {
  const run = makeRunFacts();
  const { entry } = build(run, { rationale: 'Two findings.\n\tBoth small.' });
  const dry = build({ ...run, dry_run: true }, { n: 1, event: 'escalated', outcome: 'waiting' }).entry;
  const recordedAt = new Date('2026-11-23T12:00:01.250Z');
  expect(
    describeRun([
      { receipt: makeReceipt('7', 'aa'), entry, recordedAt },
      { receipt: makeReceipt('12', 'bb'), entry: dry, recordedAt },
    ]),
  ).toEqual([
    '      7  2026-11-23T12:00:01.250Z  review     review_evaluation           reviewed          policy: Two findings. Both small.',
    '     12  2026-11-23T12:00:01.250Z  review     escalated                   waiting           policy: Nothing above the threshold. [dry run]',
  ]);
});

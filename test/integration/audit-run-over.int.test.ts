import { afterAll, beforeAll, expect, test } from 'vitest';
import { mayFollowEnd } from '../../src/audit/after-end.ts';
import { Event } from '../../src/audit/entry.ts';
import { LeaseLost, RunOver } from '../../src/errors.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let log: ReturnType<typeof openLog>;
beforeAll(async () => {
  database = await makeDatabase();
  log = openLog(database.appUrl, { limitsMs: PATIENT });
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

const finished = (id: string) =>
  makeDraft(id as never, { stage: 'release', step: 'finish', event: 'run_finished', outcome: 'superseded' });

test.each(Event.options)(
  '%s behind the end of its run is taken only where `audit verify` allows it there',
  async (event) => {
    const run = makeRunFacts();
    await log.audit.append(run, finished(run.id));
    const late = log.audit.append(run, makeDraft(run.id, { event, step: 'late' }));
    if (mayFollowEnd(event)) await expect(late).resolves.toMatchObject({ dup: false });
    else await expect(late).rejects.toThrow(new RunOver(`${event} after the end of run ${run.id}`));
  },
);

test('who is told so was overtaken: the step is looked at anew, and costs no more than with a lost lease', async () => {
  const run = makeRunFacts();
  await log.audit.append(run, finished(run.id));
  const late = await log.audit.append(run, makeDraft(run.id, { event: 'escalated' })).catch((error: unknown) => error);
  expect(late).toBeInstanceOf(LeaseLost);
});

test('what stood before the end is told to who asks again, and so is the end itself', async () => {
  const run = makeRunFacts();
  const before = await log.audit.append(run, makeDraft(run.id, { event: 'escalated' }));
  const end = await log.audit.append(run, finished(run.id));
  expect(await log.audit.append(run, makeDraft(run.id, { event: 'escalated' }))).toEqual({ ...before, dup: true });
  expect(await log.audit.append(run, finished(run.id))).toEqual({ ...end, dup: true });
});

test('in one statement, too, nothing is taken behind the end, and what other runs say there is', async () => {
  const [run, other] = [makeRunFacts(), makeRunFacts()];
  const answers = await Promise.allSettled([
    log.audit.appendAll(run, [
      finished(run.id),
      makeDraft(run.id, { event: 'escalated' }),
      makeDraft(run.id, { event: 'incident_report' }),
    ]),
    log.audit.append(other, makeDraft(other.id, { event: 'escalated' })),
  ]);
  expect(answers).toMatchObject([{ status: 'rejected', reason: expect.any(RunOver) }, { status: 'fulfilled' }]);
  const events = (await log.audit.list(run.id)).map(({ entry }) => entry.event);
  expect(events).toEqual(['run_finished', 'incident_report']);
});

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import type { Config } from '../../src/config/config.ts';
import { RunId } from '../../src/ids.ts';
import { channelsOf } from '../../src/notifications/channel.ts';
import { sendDue } from '../../src/notifications/start-notifier.ts';
import { recordOverdue } from '../../src/runs/follow-up.ts';
import { remindPeople } from '../../src/runs/remind.ts';
import type { Run } from '../../src/store/tables.ts';
import { askReview } from '../support/ask-review.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { person } from '../support/fleet-flow.ts';

const key = randomBytes(32);

describe('a reminder is told', () => {
  let bench: DeskBench;
  let config: Config;
  const received: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const answers: number[] = [];
  const receiver = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      received.push({ url: req.url, headers: req.headers, body: Buffer.concat(chunks).toString() });
      res.writeHead(answers.shift() ?? 200).end('taken');
    });
  });

  beforeAll(async () => {
    bench = await startDeskBench();
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const env = {
      ...bench.config.env,
      notifyUrl: `${origin}/hook`,
      notifySecret: `whsec_${key.toString('base64')}`,
      slackUrl: `${origin}/slack`,
    };
    config = { ...bench.config, env };
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
    await bench.ground.close();
  });
  beforeEach(async () => {
    await bench.ground.db.deleteFrom('slipway.notifications').execute();
    // Questions of the tests before wait no longer.
    await bench.ground.db.updateTable('slipway.escalations').set({ decided_at: new Date() }).execute();
    bench.pr++;
    received.length = 0;
    answers.length = 0;
  });

  const remind = (hours: number) => remindPeople({ ...bench.ground, config }, inHours(hours));
  const send = (hours: number) =>
    sendDue({ ...bench.ground, config }, channelsOf(config.env), inHours(hours), new AbortController().signal);
  const asking = () => askReview(bench, inHours(72));
  const rowsOf = (run: Run) =>
    bench.ground.db.selectFrom('slipway.notifications').selectAll().where('run_id', '=', run.id).execute();
  const toldOf = async (run: Run) =>
    (await bench.eventsOf(run))
      .map((event) => event.split(':')[0])
      .filter((event) => event?.startsWith('notification'));

  it('once on each channel, signed, with why, whose it is and until when', async () => {
    const run = await asking();
    await remind(0.4);
    await send(0.4);
    expect(received).toEqual([]);
    await remind(0.51);
    await remind(0.52);
    await send(0.53);
    await send(0.6);
    expect(received).toHaveLength(2);
    expect(new Set(received.map(({ url }) => url))).toEqual(new Set(['/hook', '/slack']));
    const hook = received.find(({ url }) => url === '/hook');
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({
      type: 'approval.reminded',
      data: { run_id: run.id, stage: 'review', reasons: ['risk_score'], waited_min: 30, url: null },
    });
    const id = `${run.id}.reminder.review.0.webhook`;
    expect(hook?.headers['webhook-id']).toBe(id);
    const signed = `${id}.${String(hook?.headers['webhook-timestamp'])}.${hook?.body ?? ''}`;
    expect(hook?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(received.find(({ url }) => url === '/slack')?.body).toContain(
      'waits for a person since 30 minutes (review)',
    );
    expect(await toldOf(run)).toEqual([
      'notification.intended',
      'notification.completed',
      'notification.intended',
      'notification.completed',
    ]);
  });

  it('the second as the first, and none while nothing is due', async () => {
    const run = await asking();
    await remind(0.51);
    await send(0.51);
    await remind(4.01);
    await send(4.01);
    await remind(30);
    await send(30);
    const ids = received.filter(({ url }) => url === '/hook').map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([`${run.id}.reminder.review.0.webhook`, `${run.id}.reminder.review.1.webhook`]);
  });

  it('once, when whoever gave it died before it marked the question, and whoever sent it before it noted so', async () => {
    const run = await asking();
    await remind(0.51);
    await bench.ground.db
      .updateTable('slipway.escalations')
      .set({ reminded: 0 })
      .where('run_id', '=', run.id)
      .execute();
    await remind(0.52);
    expect(await rowsOf(run)).toHaveLength(2);
    await send(0.53);
    await bench.ground.db
      .updateTable('slipway.notifications')
      .set({ status: 'pending' })
      .where('run_id', '=', run.id)
      .execute();
    await send(0.6);
    expect(received).toHaveLength(2);
    expect((await bench.eventsOf(run)).filter((event) => event.startsWith('reminded'))).toHaveLength(1);
  });

  describe('that an emergency was not reviewed', () => {
    const overdue = async () => {
      const request = bench.request({ emergency: 'checkout is down for everybody' });
      const called = await bench.desk.enqueue(request, person('tomas'));
      if (called.kind !== 'created') throw new Error(called.kind);
      const ended = { status: 'finished', outcome: 'deployed', finished_at: new Date() } as const;
      await bench.ground.db.updateTable('slipway.runs').set(ended).where('id', '=', called.run.id).execute();
      return called.run;
    };
    const record = (hours: number) => recordOverdue({ ...bench.ground, config }, inHours(hours));

    it('once on each channel, though two sweepers find it at the same moment and one died before its mark', async () => {
      const run = await overdue();
      await record(47.9);
      expect(await rowsOf(run)).toEqual([]);
      await Promise.all([record(48.1), record(48.1)]);
      await bench.ground.db.updateTable('slipway.follow_ups').set({ overdue_recorded: false }).execute();
      await record(48.2);
      await send(48.3);
      await send(50);
      expect(received).toHaveLength(2);
      expect(new Set(received.map(({ url }) => url))).toEqual(new Set(['/hook', '/slack']));
      const hook = received.find(({ url }) => url === '/hook');
      expect(hook?.headers['webhook-id']).toBe(`${run.id}.reminder.release.0.webhook`);
      expect(JSON.parse(hook?.body ?? '')).toMatchObject({
        type: 'emergency.review_overdue',
        data: { run_id: run.id, emergency_by: 'tomas', outcome: 'deployed', due_at: expect.any(String), url: null },
      });
      expect(received.find(({ url }) => url === '/slack')?.body).toContain('Called by tomas: checkout is down');
      expect((await bench.eventsOf(run)).filter((event) => event.startsWith('emergency_review_overdue'))).toHaveLength(
        1,
      );
      expect(await verifyLog(bench.ground.db)).toMatchObject({ ok: true, problems: [] });
    });

    it('not any more once somebody reviewed it', async () => {
      const run = await overdue();
      await record(48.1);
      const reviewed = await bench.desk.reviewEmergency(RunId.parse(run.id), 'the revert is complete', person('mara'));
      expect(reviewed).toEqual({ kind: 'recorded' });
      await send(49);
      expect(received).toEqual([]);
      expect(await rowsOf(run)).toEqual([]);
    });
  });

  it('again after a refusal, and not at all once the question is answered', async () => {
    answers.push(503, 503);
    const run = await asking();
    await remind(0.51);
    await send(0.52);
    expect(await rowsOf(run)).toMatchObject([
      { status: 'pending', problem: 'answered 503' },
      { status: 'pending', problem: 'answered 503' },
    ]);
    await bench.ground.db
      .updateTable('slipway.escalations')
      .set({ decided_at: new Date(), decision: 'approve' })
      .where('run_id', '=', run.id)
      .execute();
    await send(1);
    expect(received).toHaveLength(2);
    expect(await rowsOf(run)).toEqual([]);
    expect(await verifyLog(bench.ground.db)).toMatchObject({ ok: true, problems: [] });
  });
});

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import type { Channel } from '../../src/notifications/channel.ts';
import { makeNotificationDesk } from '../../src/notifications/make-notification-desk.ts';
import { putNotifications } from '../../src/notifications/outbox.ts';
import { sendDue } from '../../src/notifications/start-notifier.ts';
import type { Caller } from '../../src/runs/caller.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { makeIncident } from '../support/make-incident.ts';

const key = randomBytes(32);
const log = makeLogger({ name: 'notifications', level: 'silent' });

describe('telling of a rollback', () => {
  let bench: DeskBench;
  let channel: Channel;
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const answers: number[] = [];
  const receiver = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      received.push({ headers: req.headers, body: Buffer.concat(chunks).toString() });
      res.writeHead(answers.shift() ?? 200, { location: 'http://127.0.0.1:9/elsewhere' }).end('taken');
    });
  });

  beforeAll(async () => {
    bench = await startDeskBench();
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const { port } = receiver.address() as AddressInfo;
    channel = { name: 'webhook', url: `http://127.0.0.1:${port}/hook`, secret: `whsec_${key.toString('base64')}` };
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
    await bench.ground.close();
  });
  beforeEach(async () => {
    await bench.ground.db.deleteFrom('slipway.notifications').execute();
    bench.pr++;
    received.length = 0;
    answers.length = 0;
  });

  const deps = () => ({ db: bench.ground.db, audit: bench.ground.audit, config: bench.config, log });
  const send = (now = new Date(Date.now() + 1_000)) => sendDue(deps(), [channel], now, new AbortController().signal);
  const rowOf = (run: Run) =>
    bench.ground.db
      .selectFrom('slipway.notifications')
      .selectAll()
      .where('run_id', '=', run.id)
      .executeTakeFirstOrThrow();

  async function rolledBack(): Promise<Run> {
    const run = await bench.enqueue();
    await openRecord(bench.ground.audit, run).append({
      stage: 'canary',
      step: 'incident',
      event: 'incident_report',
      rationale: 'regression',
      outcome: 'reported',
      payload: { incident: makeIncident() },
    });
    await putNotifications(bench.ground.db, run.id, [channel]);
    await putNotifications(bench.ground.db, run.id, [channel]);
    return run;
  }
  const told = async (run: Run) =>
    (await bench.eventsOf(run)).filter((event) => event.startsWith('notification')).map((event) => event.split(':')[0]);

  it('once, signed, with the intent before it and the receipt after it on the record', async () => {
    const run = await rolledBack();
    await send();
    await send();
    expect(received).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(JSON.parse(body)).toMatchObject({ type: 'canary.rolled_back', data: { cause: 'regression' } });
    expect(await told(run)).toEqual(['notification.intended', 'notification.completed']);
    expect(await rowOf(run)).toMatchObject({ status: 'sent', attempts: 1 });
  });

  it('again with the same id after a refusal, not before its time', async () => {
    answers.push(503);
    const run = await rolledBack();
    await send();
    expect(await rowOf(run)).toMatchObject({ status: 'pending', attempts: 1, problem: 'answered 503' });
    await send();
    expect(received).toHaveLength(1);
    await send(new Date(Date.now() + 7_000));
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(`${run.id}.incident.webhook`));
    expect(await told(run)).toEqual(['notification.intended', 'notification.completed']);
  });

  it('never to another address that a redirect names', async () => {
    answers.push(302);
    const run = await rolledBack();
    await send();
    expect(await rowOf(run)).toMatchObject({ status: 'pending', problem: 'answered 302' });
  });

  it('until it is given up, which is on the record; nothing is sent afterwards', async () => {
    const run = await rolledBack();
    for (let hour = 1; hour <= 11; hour += 1) {
      answers.push(500);
      await send(new Date(Date.now() + hour * 3_600_000));
    }
    expect(received).toHaveLength(10);
    expect(await rowOf(run)).toMatchObject({ status: 'dead', attempts: 10, problem: 'answered 500' });
    expect(await told(run)).toEqual(['notification.intended', 'notification.failed']);
  });

  it('again by order of a person once it was given up, with the id it had; order, intent and receipt are on the record', async () => {
    const run = await rolledBack();
    const desk = makeNotificationDesk({ db: bench.ground.db, audit: bench.ground.audit });
    const id = `${run.id}.incident.webhook`;
    const caller: Caller = { tokenId: 't', name: 'ops', person: 'nina', scopes: ['admin'] };
    expect(await desk.resend(id, 'now', caller)).toMatchObject({ kind: 'refused', why: 'still_tried' });
    for (let hour = 1; hour <= 10; hour += 1) {
      answers.push(500);
      await send(new Date(Date.now() + hour * 3_600_000));
    }
    expect(await desk.list({ status: 'dead', limit: 9 })).toMatchObject([{ run_id: run.id, attempts: 10 }]);

    expect(await desk.resend(id, 'the receiver is back', caller)).toMatchObject({ kind: 'resent' });
    // Ordered again before it went out: it is under way.
    expect(await desk.resend(id, 'twice', caller)).toMatchObject({ kind: 'refused', why: 'still_tried' });
    await send();
    await send();
    expect(received).toHaveLength(11);
    expect(received.at(-1)?.headers['webhook-id']).toBe(id);
    expect(await rowOf(run)).toMatchObject({ status: 'sent', attempts: 1, resends: 1, problem: null });
    const first = ['notification.intended', 'notification.failed'];
    expect(await told(run)).toEqual([
      ...first,
      'notification_resent',
      'notification.intended',
      'notification.completed',
    ]);
    const order = (await bench.ground.audit.list(RunId.parse(run.id))).find(
      ({ entry }) => entry.event === 'notification_resent',
    );
    expect(order?.entry).toMatchObject({
      actor: { kind: 'human', id: 'nina' },
      rationale: 'the receiver is back',
      payload: { message_id: id, attempts: 10, problem: 'answered 500' },
    });
    expect(await desk.resend(id, 'once more', caller)).toMatchObject({ kind: 'refused', why: 'already_taken' });
  });

  it('again as often as it takes: each order has attempts and entries of its own', async () => {
    const run = await rolledBack();
    const desk = makeNotificationDesk({ db: bench.ground.db, audit: bench.ground.audit });
    const caller: Caller = { tokenId: 't', name: 'pager', person: null, scopes: ['admin'] };
    for (let round = 0; round <= 2; round += 1) {
      if (round > 0) await desk.resend(`${run.id}.incident.webhook`, `round ${round}`, caller);
      for (let hour = 1; hour <= 10; hour += 1) {
        answers.push(500);
        await send(new Date(Date.now() + hour * 3_600_000));
      }
    }
    expect(received).toHaveLength(30);
    expect(await rowOf(run)).toMatchObject({ status: 'dead', attempts: 10, resends: 2 });
    expect((await told(run)).filter((event) => event === 'notification.failed')).toHaveLength(3);
    expect(await desk.resend(`${'0'.repeat(32)}.incident.webhook`, 'none', caller)).toBeNull();
  });

  it('not a second time when whoever sent it died before it noted so', async () => {
    const run = await rolledBack();
    await send();
    await bench.ground.db
      .updateTable('slipway.notifications')
      .set({ status: 'pending' })
      .where('run_id', '=', run.id)
      .execute();
    await send();
    expect(received).toHaveLength(1);
    expect(await rowOf(run)).toMatchObject({ status: 'sent' });
  });

  it('also after the run has ended, which the record allows', async () => {
    const run = await rolledBack();
    await openRecord(bench.ground.audit, run).append({
      stage: 'release',
      step: 'finish',
      event: 'run_finished',
      rationale: 'the canary was rolled back',
      outcome: 'rolled_back',
      payload: {},
    });
    await bench.finish(run);
    await send();
    expect(await told(run)).toEqual(['notification.intended', 'notification.completed']);
    expect(await verifyLog(bench.ground.db)).toMatchObject({ ok: true, problems: [] });
  });
});

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { makeLogger } from '../../src/log.ts';
import type { Channel } from '../../src/notifications/channel.ts';
import { putNotifications } from '../../src/notifications/outbox.ts';
import { sendDue } from '../../src/notifications/start-notifier.ts';
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

import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLocalTarget } from '../../src/delivery/local/make-local-target.ts';
import { makeLogger } from '../../src/log.ts';
import { becomeHealthy, never, RECEIPT, testDeliveryTarget } from '../contract/delivery-target.ts';
import { testMetricSource } from '../contract/metric-source.ts';
import { eventually } from '../support/eventually.ts';
import { clientsOf, deployCanary, publicUrl, service, whoAnswers, withStage } from '../support/local-stage.ts';
import { TOKEN, withTargetRoom } from '../support/local-target.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

describe('the contract of a delivery target', () => {
  testDeliveryTarget((work) =>
    withStage(({ room, target, production }) =>
      work({ target, service, production, artifact: (name) => room.artifact(name) }),
    ),
  );
});

describe('the contract of a metric source', () => {
  testMetricSource((work) =>
    withStage(async (stage) => {
      await deployCanary(stage, 50);
      const url = await publicUrl(stage.target);
      const { metrics } = clientsOf('http://127.0.0.1:9');
      let source = stage.metrics;
      await work({
        metrics: {
          snapshot: (name, signal) => source.snapshot(name, signal),
          baseline: (name, signal) => source.baseline(name, signal),
        },
        service,
        traffic: async () => void (await whoAnswers(url, 40)),
        breakIt: async () => {
          source = metrics;
        },
      });
    }),
  );
});

describe('traffic', () => {
  it('gives the canary 5 % of 2,000 requests, 100 within 2, and counts what each version answered', () =>
    withStage(async (stage) => {
      const { target, metrics, production } = stage;
      const canary = await deployCanary(stage, 5);
      const answers = await whoAnswers(await publicUrl(target), 2_000);
      const share = answers.filter((version) => version === canary.digest).length;
      expect(Math.abs(share - 100)).toBeLessThanOrEqual(2);
      const snapshot = await metrics.snapshot(service, never());
      expect(snapshot).toMatchObject({
        canary_pct: 5,
        canary: { version: canary.digest, total: share, errors: 0, up: true },
        control: { version: production.digest, total: 2_000 - share, errors: 0, up: true },
      });
      expect(snapshot.control.histogram.at(-1)).toEqual({ le_ms: null, count: 2_000 - share });
      const edge = snapshot.control.histogram.find((bucket) => bucket.le_ms === 80);
      expect(edge?.count).toBe(2_000 - share - snapshot.control.slow);
      const baseline = await metrics.baseline(service, never());
      expect(baseline).toMatchObject({ service, requests: 2_000 - share, error_rate: 0 });
      expect(baseline?.p50_ms).toBeGreaterThan(0);
      expect(Date.parse(baseline?.window_to ?? '')).toBeGreaterThan(Date.parse(baseline?.window_from ?? ''));
    }));

  it('counts 5xx, resets and half answers as errors and what is above the edge as slow', () =>
    withStage(async ({ target, metrics }) => {
      const url = await publicUrl(target);
      expect((await fetch(`${url}/fail`)).status).toBe(500);
      expect((await fetch(`${url}/reset`)).status).toBe(502);
      await expect(fetch(`${url}/half`).then((response) => response.text())).rejects.toThrow('terminated');
      expect((await fetch(`${url}/slow?ms=120`)).status).toBe(200);
      expect((await fetch(`${url}/nothing-special`)).status).toBe(200);
      const { control } = await eventually('all are counted', async () => {
        const snapshot = await metrics.snapshot(service, never());
        return snapshot.control.total === 5 ? snapshot : null;
      });
      expect(control).toMatchObject({ total: 5, errors: 3, slow: 1 });
      expect(control.error_kinds?.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
        { kind: 'answered with 500', count: 1 },
        { kind: 'no answer', count: 1 },
        { kind: 'the answer broke off', count: 1 },
      ]);
      expect(await metrics.baseline(service, never())).toMatchObject({ requests: 5, error_rate: 0.6 });
    }));

  it('counts a client that gave up after the edge as an error of the version, an early leaver not at all', () =>
    withStage(async ({ target, metrics }) => {
      const url = await publicUrl(target);
      await expect(fetch(`${url}/slow?ms=3000`, { signal: AbortSignal.timeout(250) })).rejects.toThrow('timeout');
      const after = await eventually('the late one is counted', async () => {
        const { control } = await metrics.snapshot(service, never());
        return control.total > 0 ? control : null;
      });
      expect(after).toMatchObject({ total: 1, errors: 1, slow: 1 });
      await expect(fetch(`${url}/slow?ms=3000`, { signal: AbortSignal.timeout(10) })).rejects.toThrow('timeout');
      await fetch(url);
      expect((await metrics.snapshot(service, never())).control).toMatchObject({ total: 2, errors: 1 });
    }));

  it('passes requests on whole: body, method and headers, without those of one connection', () =>
    withStage(async ({ target }) => {
      const echoed = await new Promise<string>((resolve, reject) => {
        void publicUrl(target).then((url) => {
          const headers = {
            connection: 'close, x-private',
            'x-private': '1',
            'x-own': '2',
            'x-forwarded-for': '10.0.0.1',
            te: 'trailers',
            'transfer-encoding': 'chunked',
          };
          const sent = request(`${url}/echo`, { method: 'DELETE', headers }, (response) => {
            response.setEncoding('utf8').on('data', (text: string) => resolve(text));
          });
          sent.once('error', reject);
          sent.write('in ');
          sent.end('parts');
        });
      });
      const { headers, method, body } = JSON.parse(echoed);
      expect({ method, body }).toEqual({ method: 'DELETE', body: 'in parts' });
      expect(headers).toMatchObject({
        'x-own': '2',
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-proto': 'http',
      });
      expect(headers).not.toHaveProperty('x-private');
      expect(headers).not.toHaveProperty('te');
    }));

  it('keeps users from a canary that crashed, reports it down, and brings it up again', () =>
    withStage(async (stage) => {
      const { target, metrics, production } = stage;
      const canary = await deployCanary(stage, 50);
      const { endpoint } = (await target.describe(service, never())).canary ?? { endpoint: '' };
      await expect(fetch(`${endpoint}/crash`)).rejects.toThrow('fetch failed');
      const down = await eventually('the canary is seen down', async () => {
        const health = await target.health(service, 'canary', never());
        return health.up ? null : health;
      });
      expect(down.detail).toMatch(/ended with code 3; crash 1|starting/);
      expect((await metrics.snapshot(service, never())).canary).toMatchObject({ up: false });
      const answers = await whoAnswers(await publicUrl(target), 4);
      expect(new Set(answers).has(production.digest)).toBe(true);
      await becomeHealthy(target, service, 'canary');
      const versions = await whoAnswers(await publicUrl(target), 10);
      expect(versions.filter((version) => version === canary.digest).length).toBeGreaterThanOrEqual(4);
    }));

  it('reports a version that lives but fails its health check as down', () =>
    withStage(async (stage) => {
      const { target, metrics } = stage;
      await deployCanary(stage, 5);
      await fetch(`${(await target.describe(service, never())).canary?.endpoint}/break`);
      await eventually(
        'the canary is down',
        async () => (await metrics.snapshot(service, never())).canary?.up === false,
      );
      expect((await target.health(service, 'canary', never())).detail).toContain('/healthz answered 500');
    }));
});

describe('the door of the API', () => {
  it('answers nothing without the token', () =>
    withStage(async ({ url: api, room }) => {
      const url = `${api}/v1/services/${service}`;
      for (const authorization of [undefined, 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
        const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'UNAUTHORISED' });
      }
      const wrong = makeLocalTarget({ url: api, token: 'not the token of it', log });
      await expect(wrong.describe(service, never())).rejects.toMatchObject({
        code: 'UNAUTHORISED',
        name: 'UnrecoverableError',
      });
      const state = await readFile(join(room.directory, 'target', 'services', `${service}.json`), 'utf8');
      expect(state).not.toContain(TOKEN);
      expect((await readdir(join(room.directory, 'target'))).toSorted()).toEqual(
        expect.arrayContaining(['processes.json', 'services', 'target.lock']),
      );
    }));

  it('names the field that is wrong', () =>
    withStage(async ({ url }) => {
      const send = async (verb: string, body: string) => {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const response = await fetch(`${url}/v1/services/${service}/${verb}`, {
          method: 'POST',
          headers,
          body,
        });
        return { status: response.status, problem: await response.json() };
      };
      const effect = { id: 'e', fence: '1' };
      expect(await send('weight', JSON.stringify({ canary_pct: 101, effect, receipt_seq: '1' }))).toMatchObject({
        status: 400,
        problem: { detail: expect.stringContaining('canary_pct') },
      });
      expect(await send('weight', '{')).toMatchObject({ status: 400, problem: { code: 'BAD_JSON' } });
      expect(await send('weight', JSON.stringify('x'.repeat(70_000)))).toMatchObject({
        status: 413,
        problem: { code: 'TOO_LARGE' },
      });
      expect(await send('explode', '{}')).toMatchObject({ status: 404, problem: { code: 'NO_ROUTE' } });
      const version = 'a'.repeat(64);
      expect(await send('adopt', JSON.stringify({ version, directory: '/nowhere/at/all' }))).toMatchObject({
        status: 409,
        problem: { code: 'ALREADY_DEPLOYED' },
      });
      const deploy = { environment: 'staging', version, directory: '/nowhere/at/all', effect, receipt_seq: '1' };
      expect(await send('deploy', JSON.stringify(deploy))).toMatchObject({
        status: 422,
        problem: { code: 'NO_ARTIFACT' },
      });
    }));

  it('is unreachable for a time, not for ever', async () => {
    const { target, metrics } = clientsOf('http://127.0.0.1:9');
    await expect(target.describe(service, never())).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      name: 'TransientFailure',
    });
    await expect(metrics.snapshot(service, never())).rejects.toMatchObject({
      code: 'METRICS_UNAVAILABLE',
      name: 'TransientFailure',
    });
    await expect(metrics.snapshot(service, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });

  it('has no metrics to show, and invents none, before anything is deployed', () =>
    withTargetRoom(async (room) => {
      const { target, metrics } = clientsOf((await room.startHere()).url);
      await expect(metrics.snapshot(service, never())).rejects.toMatchObject({ code: 'METRICS_UNAVAILABLE' });
      expect(await metrics.baseline(service, never())).toBeNull();
      expect((await fetch(await publicUrl(target))).status).toBe(503);
      const artifact = await room.artifact('canary');
      const early = target.deploy(
        RECEIPT,
        { service, environment: 'canary', artifact, effect: { id: 'd', fence: '1' } },
        never(),
      );
      await expect(early).rejects.toMatchObject({ code: 'NO_PRODUCTION' });
    }));
});

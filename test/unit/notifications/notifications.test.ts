import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { channelsOf } from '../../../src/notifications/channel.ts';
import { decideRetry } from '../../../src/notifications/retry.decide.ts';
import { parseWebhookSecret, signWebhook } from '../../../src/notifications/sign-webhook.ts';
import { writeMessage } from '../../../src/notifications/write-message.ts';
import { makeIncident } from '../../support/make-incident.ts';

describe('a webhook', () => {
  it('is signed over id, time and body, as Standard Webhooks says', () => {
    const key = randomBytes(32);
    const at = new Date('2026-11-23T10:00:00.900Z');
    const headers = signWebhook({ id: 'run.incident', at, body: '{"a":1}' }, `whsec_${key.toString('base64')}`);
    const seconds = Math.floor(at.getTime() / 1000);
    const expected = createHmac('sha256', key).update(`run.incident.${seconds}.{"a":1}`).digest('base64');
    expect(headers).toEqual({
      'webhook-id': 'run.incident',
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${expected}`,
    });
  });

  it('takes only secrets of 24 to 64 bytes in base64', () => {
    const of = (bytes: number) => parseWebhookSecret(randomBytes(bytes).toString('base64'))?.length;
    expect([of(23), of(24), of(64), of(65)]).toEqual([undefined, 24, 64, undefined]);
    expect(parseWebhookSecret('not base64 at all, but long enough to be a key')).toBeNull();
  });

  it('tells cause, times and impact, and leaves the series to the report', () => {
    const incident = makeIncident();
    const body = JSON.parse(writeMessage('webhook', incident, 'https://slipway.example.com'));
    expect(body).toMatchObject({
      type: 'canary.rolled_back',
      data: {
        cause: 'regression',
        impact: { failed: 125 },
        url: `https://slipway.example.com/runs/${incident.run_id}`,
        runbook_url: 'https://slipway.example.com/runbooks/canary-regression',
      },
    });
    expect(body.data.series).toBeUndefined();
    const unknown = JSON.parse(writeMessage('webhook', incident, null));
    expect(unknown.data).toMatchObject({ url: null, runbook_url: null });
  });
});

it('lets no word of others become a link or call a channel in Slack', () => {
  const incident = { ...makeIncident(), why: 'see <!channel> & <http://evil|this>' };
  const { text } = JSON.parse(writeMessage('slack', incident, null));
  expect(text).toContain('see &lt;!channel&gt; &amp; &lt;http://evil|this&gt;');
  expect(text).toContain('125 of 2750 canary requests failed');
  const linked = JSON.parse(writeMessage('slack', incident, 'https://slipway.example.com'));
  expect(linked.text).toContain('<https://slipway.example.com/runbooks/canary-regression|What to do>');
});

it('tries again for nearly an hour, ever more seldom, and then gives up', () => {
  const delays = Array.from({ length: 9 }, (_, n) => decideRetry(n + 1)).map((decision) =>
    decision.kind === 'again' ? decision.inS : null,
  );
  expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900]);
  expect(decideRetry(10)).toEqual({ kind: 'dead' });
});

it('has the channels that are set up whole', () => {
  const none = { notifyUrl: undefined, notifySecret: undefined, slackUrl: undefined };
  expect(channelsOf(none)).toEqual([]);
  expect(channelsOf({ ...none, notifyUrl: 'https://a' })).toEqual([]);
  expect(
    channelsOf({ notifyUrl: 'https://a', notifySecret: 's', slackUrl: 'https://b' }).map(({ name }) => name),
  ).toEqual(['webhook', 'slack']);
});

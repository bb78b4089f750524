import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatVerificationKey } from '../../../src/audit/signed-note.ts';
import { problemLines } from './with-config.ts';

const service = (name: string, extra: string, delivery = '{ kind: local, command: [x] }') =>
  `  ${name}:\n    repository: /srv/${name}.git\n    repo: acme/${name}\n    delivery: ${delivery}\n${extra}`;

describe('values that contradict each other', () => {
  it('refuses a request to the model that may outlast its call', () => {
    expect(problemLines('orchestration: { agent_request_timeout_s: 60, agent_call_deadline_s: 60 }\n')).toEqual([
      '1:43 orchestration.agent_request_timeout_s: must be shorter than orchestration.agent_call_deadline_s (60)',
    ]);
  });

  it('refuses ticks longer than the window, globally and for a service', () => {
    expect(problemLines('thresholds: { canary_tick_s: 61, canary_monitoring_duration_min: 1 }\n')).toEqual([
      '1:30 thresholds.canary_tick_s: must not be longer than the monitoring duration (60 s)',
    ]);
    expect(problemLines(`services:\n${service('shop', '    thresholds: { canary_tick_s: 601 }\n')}`)).toEqual([
      '6:34 services.shop.thresholds.canary_tick_s: must not be longer than the monitoring duration (600 s)',
    ]);
  });

  it('refuses limits for missing metrics that contradict each other or the ticks', () => {
    expect(problemLines('thresholds: { canary_metrics_freeze_s: 181 }\n')).toEqual([
      '1:1 thresholds.canary_metrics_zero_s: must not be shorter than canary_metrics_freeze_s (181)',
    ]);
    expect(problemLines('thresholds: { canary_metrics_freeze_s: 5, canary_metrics_zero_s: 5 }\n')).toEqual([
      '1:40 thresholds.canary_metrics_freeze_s: must not be shorter than canary_tick_s (10), or no time between two ticks counts as watched',
    ]);
    expect(problemLines('thresholds: { canary_metrics_freeze_s: 20, canary_metrics_zero_s: 20 }\n')).toEqual([]);
  });

  it('refuses to ask for signatures without a key that they could be checked with, and what is no key', () => {
    const vkey = formatVerificationKey('test.example.com/audit', generateKeyPairSync('ed25519').publicKey);
    expect(problemLines('audit: { checkpoints: required }\n')).toEqual([
      '1:1 audit.checkpoint_keys: is empty, so with checkpoints: required nothing could ever be promoted',
    ]);
    expect(problemLines(`audit: { checkpoints: required, checkpoint_keys: [${vkey}] }\n`)).toEqual([]);
    const [name = '', id = '', key = ''] = vkey.split('+');
    const other = `${name}+${id.startsWith('0') ? '1' : '0'}${id.slice(1)}+${key}`;
    expect(problemLines(`audit: { checkpoint_keys: [${vkey}, ${other}] }\n`)).toEqual([
      expect.stringContaining('audit.checkpoint_keys.1: is no verification key of Ed25519, or its id is another'),
    ]);
  });

  it('refuses one mailbox for two persons, whatever its case', () => {
    const text =
      'people:\n  ada: { emails: [a@example.com], logins: [ada] }\n  bob: { emails: [A@example.com], logins: [Ada] }\n';
    expect(problemLines(text)).toEqual([
      '3:19 people.bob.emails.0: already belongs to ada',
      '3:44 people.bob.logins.0: already belongs to ada',
    ]);
  });

  it('refuses one port for two services, and lets both take a free one', () => {
    const fixed = '{ kind: local, command: [x], port: 4000 }';
    const text = `services:\n${service('a', '', fixed)}${service('b', '', fixed)}`;
    expect(problemLines(text)).toEqual(['9:50 services.b.delivery.port: is taken by services.a']);
    expect(problemLines(`services:\n${service('a', '')}${service('b', '')}`)).toEqual([]);
  });

  it.each(['ext::sh -c id', '--upload-pack=x', 'https://-x/y', 'shop'])('refuses the repository %s', (repository) => {
    const text = `services:\n${service('shop', '')}`.replace('/srv/shop.git', JSON.stringify(repository));
    expect(problemLines(text)).toEqual(['3:17 services.shop.repository: is not a repository address']);
  });

  it.each([
    'git@git.example.com:acme/shop.git',
    'https://git.example.com/x.git',
    'ssh://git@h/x',
    '/srv/x',
    './x',
    '../x',
    'file:///srv/x',
  ])('accepts the repository %s', (repository) => {
    const text = `services:\n${service('shop', '')}`.replace('/srv/shop.git', JSON.stringify(repository));
    expect(problemLines(text)).toEqual([]);
  });

  it.each(['a..b', 'a/', 'a.lock', 'a//b'])('refuses the branch %s', (branch) => {
    const text = `services:\n${service('shop', `    target_branch: ${branch}\n`)}`;
    expect(problemLines(text)).toEqual(['6:20 services.shop.target_branch: is not a branch name git accepts']);
  });
});

describe('the forge', () => {
  const withForge = (lines: string) => `forge: { ${lines} }\n`;
  it.each([
    ['http://forge.example.com/api/v3', 'is plain http to another machine: the token could be read on the way'],
    ['ftp://forge.example.com', 'is not an http or https address'],
    ['https://u@forge.example.com', 'carries a user or password, which would end up in logs'],
    ['https://forge.example.com/?x=1', 'carries a query or fragment'],
  ])('a token is not sent to %s', (url, problem) => {
    expect(problemLines(withForge(`api_url: "${url}"`))).toEqual([`1:19 forge.api_url: ${problem}`]);
  });

  it('may be https anywhere, or http on this machine, and watches repositories of services only', () => {
    for (const url of ['https://forge.example.com/api/v3', 'http://127.0.0.1:9'])
      expect(problemLines(withForge(`api_url: "${url}"`))).toEqual([]);
    expect(problemLines(withForge('repos: [acme/other]'))).toEqual(['1:18 forge.repos.0: is the repo of no service']);
  });
});

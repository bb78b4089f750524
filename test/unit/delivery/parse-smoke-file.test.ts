import { describe, expect, it } from 'vitest';
import { parseSmokeFile } from '../../../src/delivery/parse-smoke-file.ts';

const parse = (text: string) => parseSmokeFile('.slipway/smoke.yaml', text);

describe('parseSmokeFile', () => {
  it('fills in what is usual', () => {
    expect(parse('checks:\n  - path: /healthz\n')).toEqual([
      { method: 'GET', path: '/healthz', status: 200, max_latency_ms: 2000 },
    ]);
  });

  it('takes everything that a check may say', () => {
    const text = `
checks:
  - name: a quote
    method: POST
    path: /quote
    headers: { accept: application/json, x-tenant: acme }
    body: '{"amount": 200}'
    status: 201
    body_contains: amount
    body_matches: '"total":\\s*2\\d\\d'
    max_latency_ms: 300
`;
    expect(parse(text)[0]).toMatchObject({ name: 'a quote', body_matches: '"total":\\s*2\\d\\d', max_latency_ms: 300 });
  });

  it.each([
    ['', 'smoke.yaml'],
    ['checks: []', 'checks'],
    ['checks:\n  - path: healthz\n', 'path'],
    ['checks:\n  - path: /a\n    staus: 200\n', 'staus'],
    ['checks:\n  - path: /a\n    headers: { "x y": "1" }\n', 'header'],
    ['checks:\n  - path: /a\n    headers: { x: "1\\r\\nhost: evil" }\n', 'printable ASCII'],
    ['checks:\n  - path: /a\n    body_matches: "(a+)+\\\\1"\n', 'RE2'],
    ['checks:\n  - path: /a\n    body_matches: "(?=a)"\n', 'RE2'],
    ['checks:\n  - &a { path: /a }\n  - *a\nchecks: []\n', 'smoke.yaml'],
    ['run: rm -rf /\nchecks:\n  - path: /a\n', 'run'],
  ])('refuses %j and names %s', (text, named) => {
    expect(() => parse(text)).toThrow(named);
  });
});

import { describe, expect, it } from 'vitest';
import { holdsRedaction, redactLines, redactSecrets } from '../../../src/agents/redact-secrets.ts';
import { makeRequest } from '../../../src/agents/request-base.ts';
import { digestOf } from '../../../src/ids.ts';
import { CHANGE } from '../../support/agent-request.ts';

/** In the shape of credentials, made here so that none lies in the repository. */
const RANDOM = 'q7Zk3mV9xW2bN8pL4tR6yH1sD5fG0jC3aE7uI9oK';
const HEX = '3fa9c17b20de4586'.repeat(4);
const UPPER = 'QW7ERT2ZUIOP5ASDFGH3JKLYXCVBNM4QW6ERTZUIOPASDFGHJKLYXCVBNM';
const LONG = RANDOM + RANDOM;
const SAMPLES: readonly (readonly [what: string, value: string])[] = [
  ['an AWS key id', `AK${'IA'}${'QWERTZUIOPASDFGH'}`],
  ['a GitHub token', `gh${'p_'}${RANDOM.slice(0, 36)}`],
  ['an Anthropic key', `sk-${'ant-'}api03-${RANDOM}`],
  ['a Slack token', `xo${'xb-'}1234567890-${RANDOM.slice(0, 20)}`],
  ['a Stripe key', `sk_${'live_'}${RANDOM.slice(0, 24)}`],
  ['a JSON web token', `ey${'J'}hbGciOiJIUzI1.ey${'J'}zdWIiOiIxMjM0.${RANDOM.slice(0, 20)}`],
  ['a Slack app token', `xa${'pp-'}1-A0123456789-1234567890123-${HEX}`],
  [
    'a Slack webhook',
    `https://hooks.slack.com/${'services'}/T${UPPER.slice(0, 8)}/B${UPPER.slice(0, 8)}/${RANDOM.slice(0, 24)}`,
  ],
  ['a Google token', `ya${'29.'}${LONG}`],
  ['a SendGrid key', `S${'G.'}${RANDOM.slice(0, 22)}.${LONG.slice(0, 43)}`],
  ['a Mailgun key', `ke${'y-'}${HEX.slice(0, 32)}`],
  ['a Mailchimp key', `${HEX.slice(0, 32)}-${'us'}12`],
  ['a PyPI token', `py${'pi-'}AgEIcHlwaS5vcmc${LONG}`],
  ['a RubyGems key', `ruby${'gems_'}${HEX.slice(0, 48)}`],
  ['a Docker token', `dckr${'_pat_'}${RANDOM.slice(0, 27)}`],
  ['a DigitalOcean token', `do${'p_v1_'}${HEX}`],
  ['a Shopify token', `sh${'pat_'}${HEX.slice(0, 32)}`],
  ['a Square token', `sq${'0atp-'}${RANDOM.slice(0, 22)}`],
  ['a Hugging Face token', `h${'f_'}${RANDOM.slice(0, 34)}`],
  ['a Vault token', `hv${'s.'}${LONG}`],
  ['a Databricks token', `da${'pi'}${HEX.slice(0, 32)}`],
  ['a Doppler token', `d${'p.pt.'}${LONG.slice(0, 43)}`],
  ['a Linear key', `lin${'_api_'}${RANDOM}`],
  ['a Notion token', `nt${'n_'}${LONG.slice(0, 46)}`],
  ['a New Relic key', `NR${'AK-'}${UPPER.slice(0, 27)}`],
  ['a Grafana token', `gl${'sa_'}${RANDOM.slice(0, 32)}_3fa9c17b`],
  ['a Pulumi token', `pu${'l-'}${HEX.slice(0, 40)}`],
  ['a Terraform token', `${RANDOM.slice(0, 14)}.${'atlasv1'}.${LONG.slice(0, 64)}`],
  ['a PlanetScale token', `pscale${'_tkn_'}${LONG.slice(0, 43)}`],
  ['a Supabase token', `sb${'p_'}${HEX.slice(0, 40)}`],
  ['a Fly token', `FlyV1 fm${'2_'}${LONG}`],
  ['an Atlassian token', `ATAT${'T3xFfGF0'}${LONG}`],
  ['a Figma token', `fi${'gd_'}${RANDOM}`],
  ['a Postman key', `PM${'AK-'}${HEX.slice(0, 24)}-${HEX.slice(0, 34)}`],
  ['a Sentry token', `snt${'rys_'}${LONG}`],
  ['an age key', `AGE-${'SECRET'}-KEY-1${UPPER}`],
  ['a bearer token', `Bear${'er '}${RANDOM}`],
  ['a URL with a password', `postgres://app:${RANDOM.slice(0, 16)}@db.acme.io/x`],
];

describe('a credential', () => {
  it.each(SAMPLES)('does not leave for the model: %s', (_what, value) => {
    const line = `+const key = "${value}"; // keep me`;
    const sent = redactSecrets(line);
    expect(sent).not.toContain(value.slice(8, 30));
    expect(holdsRedaction(sent)).toBe(true);
    expect(sent.startsWith('+const key = "')).toBe(true);
    expect(sent.endsWith('// keep me')).toBe(true);
  });

  it('in a key block goes line by line, with the signs of the diff and the number of lines as they were', () => {
    const begin = `-----BEGIN ${'PRIVATE'} KEY-----`;
    const lines = [
      '+const k = `',
      `+${begin}`,
      `+${RANDOM}`,
      ` ${RANDOM}`,
      `+-----END ${'PRIVATE'} KEY-----`,
      '+`;',
      '+next();',
    ];
    expect(redactLines(lines)).toEqual([
      '+const k = `',
      '+[redacted: private key]',
      '+[redacted: private key]',
      ' [redacted: private key]',
      '+[redacted: private key]',
      '+`;',
      '+next();',
    ]);
  });

  it.each([
    ['in a condition', `-----BEGIN ${'PRIVATE'} KEY-----")) {`],
    ['in a comment', `-----BEGIN RSA ${'PRIVATE'} KEY-----`],
    ['and its end far below', `-----BEGIN ${'PRIVATE'} KEY-----"; start();`],
  ])('hides no code that follows the head of a key %s', (_what, head) => {
    const code = ['+  run(request.query.command);', '+return allow;', '', '+  const x = a + b;'];
    const [first, ...rest] = redactLines([` if (text.startsWith("${head}`, ...code]);
    expect(rest).toEqual(code);
    expect(first).toContain(head.slice(head.lastIndexOf('-') + 1));
    expect(redactLines([`+${head} evil();`])[0]).toContain('();');
    expect(redactLines([` ${head}`, `+${RANDOM}`, `+"${RANDOM}\\n" +`, ...code]).slice(1)).toEqual([
      '+[redacted: private key]',
      '+[redacted: private key]',
      ...code,
    ]);
  });

  it.each(['\\n', '\\\\n'])(
    'in an encrypted key block on one line goes with its headers, lines joined by %s',
    (joint) => {
      const block = [
        `-----BEGIN RSA ${'PRIVATE'} KEY-----`,
        'Proc-Type: 4,ENCRYPTED',
        'DEK-Info: AES-128-CBC,3FA9C17B',
        '',
        RANDOM,
        RANDOM,
        `-----END RSA ${'PRIVATE'} KEY-----`,
      ].join(joint);
      expect(redactSecrets(`+{"key": "${block}", "next": 1}`)).toBe('+{"key": "[redacted: private key]", "next": 1}');
    },
  );

  it('hides nothing behind the end of a key', () => {
    const end = `-----END ${'PRIVATE'} KEY-----`;
    const lines = [`+-----BEGIN ${'PRIVATE'} KEY-----`, `+${RANDOM}`, `+${RANDOM.slice(0, 8)}==${end}\`; run(x);`];
    const [, , last] = redactLines(lines);
    expect(last).toBe('+[redacted: private key]`; run(x);');
  });

  it('that is assigned to something called a password goes, a stand-in stays', () => {
    expect(redactSecrets(`password = "${RANDOM.slice(0, 18)}"`)).toBe('password = "[redacted: assigned secret]"');
    for (const line of [
      'password = "change-me-please"',
      'token: process.env.TOKEN',
      'const sha = "abc123"',
      'sort(keys)',
    ])
      expect(redactSecrets(line)).toBe(line);
  });

  it('is taken out of every string of every request, at any depth, twice with the same result', () => {
    const [, value] = SAMPLES[1] ?? ['', ''];
    const request = makeRequest(
      'test-gen',
      { prompt: { text: 'p', digest: digestOf('p'), source: 'p' }, model: 'm', maxOutputTokens: 1024, change: CHANGE },
      { sources: [{ path: 'a.js', text: `a\nk = "${value}"\n` }], previous: { failure: value }, n: 1, none: null },
    );
    expect(JSON.stringify(request)).not.toContain(value.slice(4));
    expect(request.input).toMatchObject({ change: CHANGE, n: 1, none: null });
    const once = redactSecrets(`x = "${value}"`);
    expect(redactSecrets(once)).toBe(once);
  });
});

import { describe, expect, test } from 'vitest';
import { entropyOf, looksSecret } from '../../../src/change/facts/secret-rules.ts';
import { inspectInput } from './make-change.ts';

// Made here at run time: nothing in this file has the shape of a key.
const digits = '4f8Zq1Rt6Yw9Bn3Kd7Lp2Xs5Vc0Jm8Ha';
const aws = `AK${'IA'}${'Q3EGRIIPAZ7WGZ2M'}`;
const awsSecret = `${digits}Qw7Er+/x`;
const stripe = `sk_${'live'}_${digits.slice(0, 24)}`;
const github = `gh${'p'}_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`;
const jwt = [`ey${'J'}hbGciOiJIUzI1NiJ9`, `ey${'J'}zdWIiOiIxMjM0NTY3ODkwIn0`, 'dBjftJeZ4CVPmB92K27uhbUJU1p1r'].join(
  '.',
);
const pem = `-----BEGIN ${'RSA'} PRIVATE KEY-----`;
const google = `AI${'za'}${digits}abc`;

const added = (path: string, text: string) => ({ after: { [path]: `${text}\n` } });

const LEAKS: readonly (readonly [string, string, string, string])[] = [
  ['AWS id', 'src/a.js', `const key = '${aws}';`, aws],
  ['AWS secret', 'deploy.sh', `export AWS_SECRET_ACCESS_KEY=${awsSecret}`, awsSecret],
  ['Stripe live key', 'src/pay.ts', `new Stripe("${stripe}")`, stripe],
  ['GitHub token', 'ci.sh', `curl -H "Authorization: token ${github}"`, github],
  ['JSON web token', 'src/a.py', `TOKEN = "${jwt}"`, jwt],
  [
    'private key',
    'src/key.js',
    `const k = \`${pem}\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\n\`;`,
    'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn',
  ],
  ['Google API key', 'web/map.js', `load('${google}')`, google],
  ['password assignment', 'src/db.py', `DB_PASSWORD = "${'tr0ub4dor'}&3xQ!"`, 'tr0ub4dor&3xQ!'],
  ['password in YAML', 'config/a.yml', `password: "${'v9$Kq2'}mZp7Lw"`, 'v9$Kq2mZp7Lw'],
  ['env file', '.env.production', `SESSION_SECRET=${digits}`, digits],
  ['remote database URL', 'src/db.js', `connect('postgres://svc:${'Kq2mZp7L'}w9@db.prod.acme.io/app')`, 'Kq2mZp7Lw9'],
  ['a key in minified code', 'dist/a.js', `${'x();'.repeat(3000)}var k="${aws}";${'y();'.repeat(3000)}`, aws],
  ['a disabled scan', 'src/a.js', `// secretlint-disable\nconst t = '${github}'; // secretlint-disable-line`, github],
  ['a key in a test', 'test/a.test.js', `const key = '${aws}';`, aws],
];

const CLEAN: readonly (readonly [string, string, string])[] = [
  ['environment lookup', 'src/a.js', 'const password = process.env.DB_PASSWORD;'],
  ['stand-in', '.env.example', 'API_KEY=your-api-key-here\nDB_PASSWORD=changeme'],
  ['the documented AWS example', 'docs/a.md', `AK${'IA'}IOSFODNN7EXAMPLE`],
  ['local database', 'docker-compose.yml', 'DATABASE_URL: postgres://postgres:postgres@localhost:5432/app'],
  ['compose host', 'docker-compose.yml', "url: 'postgres://app:app@db:5432/app'"],
  ['password in a test', 'test/login.test.js', "const password = 'S3cret!pass';"],
  ['a label', 'src/form.tsx', "const passwordLabel = 'Enter your password'; const token = 'access_token';"],
  ['a key of a translation', 'src/i18n.js', "const secret = 'settings.security.secretQuestion';"],
  ['a template', 'k8s/a.yaml', 'password: "{{ .Values.db.password }}"\ntoken: "${TOKEN}"'],
  ['test mode key', 'src/a.js', `const k = 'sk_${'test'}_${digits.slice(0, 24)}';`],
  ['a digest', 'src/a.js', "const etag = '9f86d081884c7d659a2feaa0c55ad015';"],
  ['integrity of a lock file', 'package-lock.json', `"integrity": "sha512-${digits}${digits}=="`],
  ['a type', 'src/a.ts', 'function login(password: string, token: Token) {}'],
];

describe('secrets_added', () => {
  test.each(LEAKS)('true: %s', async (_name, path, text, secret) => {
    const inspection = await inspectInput(added(path, text));
    expect(inspection.facts.secrets_added).toBe(true);
    expect(JSON.stringify(inspection)).not.toContain(secret);
  });
  test.each(CLEAN)('false: %s', async (_name, path, text) => {
    const { facts, evidence } = await inspectInput(added(path, text));
    expect(evidence.filter((item) => item.fact === 'secrets_added')).toEqual([]);
    expect(facts.secrets_added).toBe(false);
  });
  test('a removed or moved secret is not an added one', async () => {
    const line = `const key = '${aws}';\n`;
    expect(
      (await inspectInput({ before: { 'a.js': line }, after: { 'a.js': 'const key = env();\n' } })).facts.secrets_added,
    ).toBe(false);
    expect((await inspectInput({ before: { 'a.js': line }, after: { 'b.js': line } })).facts.secrets_added).toBe(false);
  });
  test('evidence names the line', async () => {
    const { evidence } = await inspectInput(added('a.js', `one();\ntwo();\nconst key = '${aws}';`));
    expect(evidence).toEqual([{ fact: 'secrets_added', path: 'a.js', line: 3, rule: 'aws_access_key_id' }]);
  });
});

test.each(['correct-horse', 'userPassword', 'API_TOKEN_NAME', 'aaaaaaaaaaaa', '${SECRET}'])(
  'looksSecret(%s) is false',
  (value) => expect(looksSecret(value)).toBe(false),
);
test('entropyOf counts bits per character', () => {
  expect(entropyOf('aaaa')).toBe(0);
  expect(entropyOf('abcd')).toBe(2);
});

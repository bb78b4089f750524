import { describe, expect, test } from 'vitest';
import { serviceOfEnv, serviceOfImage, serviceOfPackage } from '../../../src/change/facts/services/known-services.ts';
import { type ChangeInput, inspectInput } from './make-change.ts';

const pkg = (deps: Record<string, string>, dev: Record<string, string> = {}) =>
  `${JSON.stringify({ name: 'a', dependencies: deps, devDependencies: dev }, null, 2)}\n`;
const edit = (path: string, before: string, after: string, base: Record<string, string> = {}): ChangeInput => ({
  before: { [path]: before },
  after: { [path]: after },
  base,
});

const NEW: readonly (readonly [string, ChangeInput])[] = [
  ['npm SDK', edit('package.json', pkg({ express: '5' }), pkg({ express: '5', stripe: '^14' }))],
  [
    'AWS service beside another',
    edit(
      'package.json',
      pkg({ '@aws-sdk/client-s3': '3' }),
      pkg({ '@aws-sdk/client-s3': '3', '@aws-sdk/client-sqs': '3' }),
    ),
  ],
  ['pip', edit('requirements.txt', 'django==5\n', 'django==5\nboto3>=1.3\n')],
  [
    'poetry',
    edit(
      'pyproject.toml',
      '[tool.poetry.dependencies]\npython = "^3.12"\n',
      '[tool.poetry.dependencies]\npython = "^3.12"\nredis = "^5"\n',
    ),
  ],
  [
    'PEP 621',
    edit(
      'pyproject.toml',
      '[project]\ndependencies = [\n  "fastapi",\n]\n',
      '[project]\ndependencies = [\n  "fastapi",\n  "sentry-sdk[fastapi]>=2",\n]\n',
    ),
  ],
  [
    'go.mod',
    edit(
      'go.mod',
      'module a\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.0.0\n)\n',
      'module a\n\nrequire (\n\tgithub.com/go-chi/chi/v5 v5.0.0\n\tgithub.com/segmentio/kafka-go v0.4.0\n)\n',
    ),
  ],
  [
    'Cargo',
    edit('Cargo.toml', '[dependencies]\nserde = "1"\n', '[dependencies]\nserde = "1"\nlapin = { version = "2" }\n'),
  ],
  ['Gemfile', edit('Gemfile', "gem 'rails'\n", "gem 'rails'\ngem 'twilio-ruby', '~> 7'\n")],
  [
    'Maven',
    edit(
      'pom.xml',
      '<project><dependencies></dependencies></project>\n',
      '<project><dependencies>\n<dependency>\n<groupId>org.apache.kafka</groupId>\n<artifactId>kafka-clients</artifactId>\n<version>3</version>\n</dependency>\n</dependencies></project>\n',
    ),
  ],
  [
    'Composer',
    edit('composer.json', '{"require":{"php":"^8"}}\n', '{\n"require":{"php":"^8","predis/predis":"^2"}}\n'),
  ],
  [
    'Mix',
    edit(
      'mix.exs',
      'defp deps do\n  [{:phoenix, "~> 1.7"}]\nend\n',
      'defp deps do\n  [{:phoenix, "~> 1.7"},\n   {:redix, "~> 1.2"}]\nend\n',
    ),
  ],
  [
    'external host in code',
    edit(
      'src/pay.js',
      'export const a = 1;\n',
      "export const a = 1;\nexport const send = (b) => fetch('https://api.acmepay.io/v1/charges', { body: b });\n",
    ),
  ],
  ['host in a setting', edit('config/app.yml', 'a: 1\n', 'a: 1\nsearch_url: https://search.acme.io\n')],
  ['queue by environment name', edit('src/q.py', 'import os\n', 'import os\nurl = os.environ["RABBITMQ_URL"]\n')],
  ['cache by environment name', edit('src/c.js', '\n', 'const url = process.env.REDIS_URL;\n')],
  [
    'compose image',
    edit(
      'docker-compose.yml',
      'services:\n  app:\n    build: .\n',
      'services:\n  app:\n    build: .\n  mq:\n    image: rabbitmq:3-management\n',
    ),
  ],
  ['Terraform queue', { after: { 'infra/main.tf': 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n' } }],
];

const KNOWN: readonly (readonly [string, ChangeInput])[] = [
  ['a library without a service', edit('package.json', pkg({ express: '5' }), pkg({ express: '5', lodash: '4' }))],
  [
    'a client swapped for another of the same service',
    edit('package.json', pkg({ redis: '4' }), pkg({ ioredis: '5' })),
  ],
  ['a version bump', edit('package.json', pkg({ stripe: '^14' }), pkg({ stripe: '^15' }))],
  ['a development dependency', edit('package.json', pkg({}), pkg({}, { redis: '4' }))],
  [
    'used in another package of the repository',
    edit('apps/b/package.json', pkg({}), pkg({ stripe: '14' }), { 'apps/a/package.json': pkg({ stripe: '14' }) }),
  ],
  [
    'a host that the base calls',
    edit('src/b.js', '\n', "fetch('https://api.acmepay.io/v2/refunds');\n", {
      'src/a.js': "fetch('https://api.acmepay.io/v1/charges');\n",
    }),
  ],
  [
    'a host of a client in use',
    edit('src/b.js', '\n', "fetch('https://api.stripe.com/v1/refunds');\n", { 'package.json': pkg({ stripe: '14' }) }),
  ],
  [
    'a sibling host of one owner',
    edit('src/b.js', '\n', "fetch('https://files.acmepay.io/x');\n", {
      'src/a.js': "fetch('https://api.acmepay.io/v1/charges');\n",
    }),
  ],
  ['a URL in a document', edit('README.md', 'a\n', 'a\nSee https://api.acmepay.io/v1\n')],
  ['a URL in a comment', edit('src/a.js', 'a();\n', '// see https://api.acmepay.io/v1\na();\n')],
  ['a URL in prose', edit('src/a.js', 'a();\n', "throw new Error('Read more at https://acmepay.io/errors');\n")],
  ['a link for people', edit('web/a.tsx', '<p/>\n', '<a href="https://acmepay.io/about">About</a>\n')],
  [
    'a reference',
    edit('src/a.js', '\n', "const ns = 'http://www.w3.org/2000/svg';\nconst d = 'https://docs.acmepay.io/x';\n"),
  ],
  [
    'localhost and example hosts',
    edit(
      'src/a.js',
      '\n',
      "fetch('http://localhost:3000/x');\nfetch('https://api.example.com/x');\nfetch('http://127.0.0.1:1/x');\n",
    ),
  ],
  ['a host in a test', edit('test/a.test.js', '\n', "nock('https://api.acmepay.io').get('/x');\n")],
  [
    'a known environment name',
    edit('src/c.js', '\n', 'const url = process.env.REDIS_URL;\n', {
      'src/old.js': 'const r = process.env.REDIS_HOST;\n',
    }),
  ],
  [
    'DATABASE_URL of a database in use',
    edit('src/c.js', '\n', 'const url = process.env.DATABASE_URL;\n', { 'package.json': pkg({ mysql2: '3' }) }),
  ],
  [
    'an ordinary environment name',
    edit('src/c.js', '\n', 'const port = process.env.PORT;\nconst l = process.env.LOG_LEVEL;\n'),
  ],
  ['package metadata', edit('package.json', '{"name":"a"}\n', '{\n"name":"a",\n"homepage":"https://acme.io"}\n')],
  ['a lock file', edit('package-lock.json', '{}\n', '{\n"resolved": "https://registry.acme.io/stripe.tgz"\n}\n')],
  ['a removed service', edit('package.json', pkg({ stripe: '14' }), pkg({}))],
];

describe('new_service_integration', () => {
  test.each(NEW)('true: %s', async (_name, input) => {
    const { facts } = await inspectInput(input);
    expect(facts.new_service_integration).toBe(true);
  });
  test.each(KNOWN)('false: %s', async (_name, input) => {
    const { facts, evidence } = await inspectInput(input);
    expect(evidence.filter((item) => item.fact === 'new_service_integration')).toEqual([]);
    expect(facts.new_service_integration).toBe(false);
  });
  test('null with a reason when only a diff is at hand and something may be new', async () => {
    const { facts, problems } = await inspectInput({
      ...edit('package.json', pkg({ express: '5' }), pkg({ express: '5', stripe: '^14' })),
      diffOnly: true,
    });
    expect(facts.new_service_integration).toBeNull();
    expect(problems.join()).toContain('whether stripe is new needs the repository');
  });
});

test.each([
  ['@aws-sdk/client-sqs', 'aws:sqs'],
  ['@aws-sdk/credential-providers', null],
  ['google-cloud-pubsub', 'gcp:pubsub'],
  ['github.com/redis/go-redis/v9', 'redis'],
  ['github.com/stripe/stripe-go/v76', 'stripe'],
  ['org.postgresql:postgresql', 'postgres'],
  ['left-pad', null],
])('serviceOfPackage(%s) is %s', (name, expected) => expect(serviceOfPackage(name)).toBe(expected));

test.each([
  ['REDIS_URL', 'redis'],
  ['KAFKA_BOOTSTRAP_SERVERS', 'kafka'],
  ['AWS_SQS_QUEUE_URL', 'aws:sqs'],
  ['STRIPE_SECRET_KEY', 'stripe'],
  ['PORT', null],
  ['REDIS_ENABLED', null],
])('serviceOfEnv(%s) is %s', (name, expected) => expect(serviceOfEnv(name)).toBe(expected));

test.each([
  ['docker.io/library/redis:7-alpine', 'redis'],
  ['postgres@sha256:abc', 'postgres'],
  ['node:20', null],
])('serviceOfImage(%s) is %s', (image, expected) => expect(serviceOfImage(image)).toBe(expected));

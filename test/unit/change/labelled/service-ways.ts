import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const pkg = (dependencies: Record<string, string>, name = 'shop') =>
  `${JSON.stringify({ name, private: true, dependencies }, null, 2)}\n`;
const TS = 'export const x = 1;\n';

/** The other ways in which a service shows: imports, connection strings, frameworks' settings, hosts, charts, resources. */
export const SERVICE_WAYS: readonly LabelledCase[] = [
  // Imports, where the manifest is not part of the change
  edits(
    'import: loaded when it is needed',
    true,
    'src/vault.js',
    TS,
    "const c = await import('@1password/connect');\n",
  ),
  edits('import: Python', true, 'app/pay.py', 'X = 1\n', 'import stripe\n\nX = stripe.Charge\n'),
  edits('import: a part of a cloud, Python', true, 'app/events.py', 'X = 1\n', 'from google.cloud import pubsub_v1\n'),
  edits(
    'import: Go',
    true,
    'pkg/bus/bus.go',
    'package bus\n',
    'package bus\n\nimport (\n\t"context"\n\n\t"github.com/segmentio/kafka-go"\n)\n',
  ),
  edits(
    'import: Java',
    true,
    'src/main/java/shop/Bus.java',
    'package shop;\n',
    'package shop;\n\nimport org.springframework.kafka.core.KafkaTemplate;\n',
  ),
  edits(
    'import: Java, a cloud’s queue',
    true,
    'src/main/java/shop/Q.java',
    'package shop;\n',
    'package shop;\n\nimport software.amazon.awssdk.services.sqs.SqsClient;\n',
  ),
  edits('import: Ruby', true, 'lib/mail.rb', 'X = 1\n', "require 'mailgun-ruby'\n\nX = 1\n"),
  edits('import: PHP', true, 'src/Pay.php', '<?php\n', '<?php\n\nuse Stripe\\StripeClient;\n'),
  edits('import: C#', true, 'src/Cache.cs', 'class A {}\n', 'using StackExchange.Redis;\n\nclass A {}\n'),
  edits('import: Rust', true, 'src/cache.rs', 'fn a() {}\n', 'use redis::AsyncCommands;\n\nfn a() {}\n'),
  edits(
    'import: a module of one’s own',
    false,
    'src/a.ts',
    TS,
    "import { redis } from './redis';\nimport { s } from '@/lib/stripe';\n",
  ),
  edits(
    'import: a package of one’s own, Java',
    false,
    'src/main/java/shop/A.java',
    'package shop;\n',
    'package shop;\n\nimport com.acme.shop.redis.Keys;\n',
  ),
  edits(
    'import: a folder of one’s own, Go',
    false,
    'cmd/a.go',
    'package main\n',
    'package main\n\nimport (\n\t"github.com/acme/shop/internal/redis"\n)\n',
  ),
  edits('import: of a client in use', false, 'app/more.py', 'X = 1\n', 'import redis\n\nX = redis.Redis()\n', {
    'requirements.txt': 'redis==5.0.0\n',
  }),
  // Connection strings and backends by word
  edits('connection: a broker’s', true, 'config.toml', 'a = 1\n', 'a = 1\nbroker = "amqp://queue:5672/"\n'),
  edits(
    'connection: JDBC',
    true,
    'src/main/resources/application.properties',
    'server.port=80\n',
    'server.port=80\nspring.datasource.url=jdbc:postgresql://db/shop\n',
  ),
  edits(
    'backend: Django’s cache',
    true,
    'shop/settings.py',
    'DEBUG = False\n',
    "DEBUG = False\nCACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache'}}\n",
  ),
  edits(
    'backend: Rails’ jobs',
    true,
    'config/application.rb',
    'x = 1\n',
    'config.active_job.queue_adapter = :sidekiq\n',
  ),
  edits(
    'backend: Prisma’s database',
    true,
    'prisma/schema.prisma',
    'generator client {\n}\n',
    'generator client {\n}\n\ndatasource db {\n  provider = "mysql"\n}\n',
  ),
  edits(
    'backend: Spring’s cache',
    true,
    'src/main/resources/application.properties',
    'server.port=80\n',
    'server.port=80\nspring.data.redis.host=cache\n',
  ),
  edits(
    'backend: in memory',
    false,
    'config/application.rb',
    'x = 1\n',
    'config.cache_store = :memory_store\nconfig.active_job.queue_adapter = :async\n',
  ),
  // Hosts
  edits('host: a forge’s interface', true, 'src/gh.ts', TS, "const base = 'https://api.github.com/repos';\n"),
  edits('host: of an SDK in use', false, 'src/pay.ts', TS, "const base = 'https://api.stripe.com/v1';\n", {
    'package.json': pkg({ stripe: '^17' }),
  }),
  edits('package: of a host in use', false, 'package.json', pkg({}), pkg({ '@octokit/rest': '22.0.0' }), {
    'src/gh.ts': "const base = 'https://api.github.com/repos';\n",
  }),
  edits('host: a repository’s page', false, 'src/about.ts', TS, "const home = 'https://github.com/acme/shop';\n"),
  // Variables of providers that no list names
  edits('variable: a key of a provider', true, 'src/geo.ts', TS, 'const key = process.env.HERON_API_KEY;\n'),
  edits('variable: a key of our own', false, 'src/a.ts', TS, 'const key = process.env.ADMIN_API_KEY;\n'),
  edits('variable: a key in the program’s own name', false, 'src/a.ts', TS, 'const key = process.env.SHOP_API_KEY;\n', {
    'src/b.ts': 'const p = process.env.SHOP_PORT;\n',
  }),
  // Packages that no list names
  edits('package: an SDK by its name', true, 'package.json', pkg({}), pkg({ '@heron/sdk': '1.0.0' })),
  edits(
    'package: a client of a protocol',
    false,
    'package.json',
    pkg({}),
    pkg({ 'openid-client': '6', '@modelcontextprotocol/sdk': '1' }),
  ),
  edits(
    'package: our own SDK',
    false,
    'package.json',
    pkg({}, '@heron/app'),
    pkg({ '@heron/sdk': 'workspace:*' }, '@heron/app'),
  ),
  edits(
    'package: what a maker gives to everybody',
    false,
    'package.json',
    pkg({}),
    pkg({ '@mapbox/node-pre-gyp': '1', '@sentry/webpack-plugin': '2', '@aws-sdk/credential-providers': '3' }),
  ),
  edits(
    'Go: a router called mux',
    false,
    'go.mod',
    'module shop\n\nrequire (\n\tgithub.com/google/uuid v1.6.0\n)\n',
    'module shop\n\nrequire (\n\tgithub.com/google/uuid v1.6.0\n\tgithub.com/gorilla/mux v1.8.1\n\tgithub.com/hashicorp/go-multierror v1.1.1\n\tgitlab.com/acme/kit v1.0.0\n)\n',
  ),
  edits('package: a client that only a list can name', true, 'requirements.txt', 'flask\n', 'flask\nboxsdk==4.1\n'),
  edits(
    'package: a name within a name',
    true,
    'pyproject.toml',
    '[project]\ndependencies = [\n  "flask",\n]\n',
    '[project]\ndependencies = [\n  "flask",\n  "adbc-driver-postgresql",\n]\n',
  ),
  edits(
    'package: a version in the name',
    true,
    'shop.csproj',
    '<Project>\n</Project>\n',
    '<Project>\n<PackageReference Include="InfluxDB3.Client" Version="1.0.0" />\n</Project>\n',
  ),
  edits('package: one word and client', true, 'requirements.txt', 'flask\n', 'flask\nheron-client==2.0\n'),
  edits(
    'package: tools around a service',
    false,
    'package.json',
    pkg({}),
    pkg({ 'pgsql-parser': '1', '@octokit/openapi-types': '1', 'sql-formatter': '1' }),
  ),
  edits('package: a name in two words', true, 'package.json', pkg({}), pkg({ '@heron/open-router': '1' })),
  // Infrastructure
  adds('chart: what it brings along', true, {
    'charts/shop/Chart.yaml':
      'apiVersion: v2\nname: shop\ndependencies:\n  - name: rabbitmq\n    version: 12.0.0\n    repository: oci://charts.acme.dev\n',
  }),
  edits('container: built on a database', true, 'db/Dockerfile', 'FROM debian:12\n', 'FROM postgres:16\n'),
  edits('container: a newer base', false, 'Dockerfile', 'FROM node:20\n', 'FROM node:22-alpine\n'),
  edits(
    'Terraform: a function',
    true,
    'infra/main.tf',
    'resource "aws_vpc" "a" {}\n',
    'resource "aws_vpc" "a" {}\n\nresource "aws_lambda_function" "resize" {\n}\n',
  ),
  edits(
    'Terraform: a provider of its own',
    true,
    'infra/main.tf',
    'resource "aws_vpc" "a" {}\n',
    'resource "aws_vpc" "a" {}\n\nresource "datadog_monitor" "m" {\n}\n',
  ),
  edits(
    'Terraform: the ground only',
    false,
    'infra/main.tf',
    'resource "aws_vpc" "a" {}\n',
    'resource "aws_vpc" "a" {}\n\nresource "aws_iam_role" "r" {}\n\nresource "aws_security_group" "s" {}\n',
  ),
  changes(
    'moved to another file',
    false,
    { 'src/a.ts': "import x from 'stripe';\n" },
    { 'src/b.ts': "import x from 'stripe';\n" },
  ),
  changes(
    'Python: a setting read from a settings object',
    true,
    {},
    { 'app/mail.py': 'from app.config import settings\n\nkey = settings.MAILGUN_API_KEY\n' },
  ),
  changes(
    'Nest: a setting read from a config service',
    true,
    {},
    { 'src/search.ts': "export const node = (config) => config.getOrThrow('ELASTICSEARCH_URL');\n" },
  ),
  changes(
    'Python: a package named after the version of its interface',
    true,
    {},
    { 'app/post.py': 'import acmepost_api_v2_sdk\n\nclient = acmepost_api_v2_sdk.ApiClient()\n' },
  ),
  edits(
    'settings: an address and a key under a name that nobody knows',
    true,
    '.env.example',
    'PORT=80\n',
    'PORT=80\nKLEINPOST_URL=\nKLEINPOST_KEY=\n',
  ),
  edits(
    "settings: an address and a secret of the program's own",
    false,
    '.env.example',
    'PORT=80\n',
    'PORT=80\nAPP_URL=\nAPP_KEY=\nSITE_URL=\nSITE_SECRET=\nSESSION_DOMAIN=\nSESSION_SECRET=\n',
  ),
  edits('settings: an address without a key', false, '.env.example', 'PORT=80\n', 'PORT=80\nKLEINPOST_URL=\n'),
  edits(
    'settings: the key of a service whose address stood there',
    false,
    '.env.example',
    'KLEINPOST_URL=\nKLEINPOST_KEY=\n',
    'KLEINPOST_URL=\nKLEINPOST_KEY=\nKLEINPOST_TOKEN=\n',
  ),
  edits(
    'Spring: a registry of services',
    true,
    'src/main/resources/application.yml',
    'server:\n  port: 80\n',
    'server:\n  port: 80\n\neureka:\n  client:\n    serviceUrl:\n      defaultZone: http://localhost:8761/eureka\n',
  ),
  edits(
    'settings: a variable in a placeholder',
    true,
    'src/main/resources/application.yml',
    'server:\n  port: 80\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the change holds a placeholder
    'server:\n  port: 80\n\ncache:\n  host: ${REDIS_HOST:localhost}\n',
  ),
  edits(
    'settings: a placeholder for the address that stood there',
    false,
    'src/main/resources/application.properties',
    'spring.redis.host=localhost\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the change holds a placeholder
    'spring.redis.host=${REDIS_HOST:localhost}\n',
  ),
];

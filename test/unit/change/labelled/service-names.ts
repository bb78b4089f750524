import { edits, type LabelledCase } from './labelled-case.ts';

const poetry = (line = '') => `[tool.poetry.dependencies]\npython = "^3.12"\nfastapi = "*"\n${line}`;
const project = (line = '') => `[project]\ndependencies = [\n  "web[all]",\n  "rich",\n${line}]\n`;
const cargo = (line = '') => `[package]\nname = "shop"\n\n[dependencies]\ntokio = "1"\n${line}`;
const gems = (line = '') => `gem 'rails'\n${line}`;
const composer = (name?: string) => `${JSON.stringify({ require: { php: '^8.2', ...(name && { [name]: '*' }) } })}\n`;
const maven = (group: string, artifact: string) =>
  `<project><dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId></dependency></dependencies></project>\n`;
const NONE = '<project></project>\n';

/** Single manifests: names of services, and services that a part of a library is for. */
export const SERVICE_NAMES: readonly LabelledCase[] = [
  edits('names: a list whose items have brackets', true, 'pyproject.toml', project(), project('  "firebase-admin",\n')),
  edits(
    'names: an extra of a queue',
    true,
    'pyproject.toml',
    poetry(),
    poetry('celery = { version = "*", extras = ["sqs"] }\n'),
  ),
  edits(
    'names: an extra of a tool that watches',
    false,
    'pyproject.toml',
    poetry('sentry-sdk = "*"\n'),
    poetry('sentry-sdk = { version = "*", extras = ["celery"] }\n'),
  ),
  edits(
    'names: a feature of a database library',
    true,
    'Cargo.toml',
    cargo(),
    cargo('sqlx = { version = "0.8", features = ["postgres"] }\n'),
  ),
  edits(
    'names: a feature that joins nobody',
    false,
    'Cargo.toml',
    cargo(),
    cargo('sqlx = { version = "0.8", features = ["json", "uuid"] }\n'),
  ),
  edits(
    'names: a feature for the database in use',
    false,
    'Cargo.toml',
    cargo('tokio-postgres = "0.7"\n'),
    cargo('tokio-postgres = "0.7"\nsqlx = { version = "0.8", features = ["postgres"] }\n'),
  ),
  edits('names: who bills', true, 'composer.json', composer(), composer('laravel/cashier')),
  edits('names: whose list letters go to', true, 'composer.json', composer(), composer('spatie/laravel-newsletter')),
  edits('names: who scales', true, 'Gemfile', gems(), gems("gem 'hirefire-resource'\n")),
  edits('names: who counts', true, 'Gemfile', gems(), gems("gem 'keen'\n")),
  edits(
    'names: a registry of services',
    true,
    'pom.xml',
    NONE,
    maven('org.springframework.cloud', 'spring-cloud-starter-netflix-eureka-client'),
  ),
  edits("names: a kit in its maker's group", true, 'pom.xml', NONE, maven('net.vendorly', 'sdk')),
  edits('names: a kit of a language', false, 'pom.xml', NONE, maven('io.opentelemetry', 'opentelemetry-sdk')),
  edits(
    'names: a carousel',
    false,
    'package.json',
    '{"dependencies":{"a":"1"}}\n',
    '{"dependencies":{"a":"1","keen-slider":"6"}}\n',
  ),
  edits('names: what keeps versions of records', false, 'Gemfile', gems(), gems("gem 'paper_trail'\n")),
  edits('names: numbers called snowflakes', false, 'composer.json', composer(), composer('acme/php-snowflake')),
  edits('names: a bundle of a search', true, 'composer.json', composer(), composer('nelmio/solarium-bundle')),
  edits('names: who metrics go to', true, 'Gemfile', gems(), gems("gem 'dogapi'\n")),
];

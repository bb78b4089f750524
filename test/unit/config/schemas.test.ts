import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatJson } from '../../../script/format-json.ts';
import { renderConfiguration } from '../../../script/render-configuration.ts';
import { editorSchema } from '../../../src/config/editor-schema.ts';
import { nearestWord } from '../../../src/config/nearest-word.ts';
import { isSecretName, secretShape } from '../../../src/config/secret-shapes.ts';
import { packageRoot } from '../../../src/package-root.ts';

const committed = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

// When one of these fails: npx tsx script/write-schemas.ts
describe('what is generated from the schema', () => {
  it('slipway.schema.json is up to date', () => {
    expect(committed('slipway.schema.json')).toBe(formatJson(editorSchema()));
  });

  it('docs/configuration.md is up to date', () => {
    expect(committed('docs/configuration.md')).toBe(renderConfiguration());
  });

  it('gives every key of the documentation a meaning', () => {
    const rows = renderConfiguration()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((line) => line.endsWith('|  |'))).toEqual([]);
  });
});

describe('nearestWord', () => {
  it.each([
    ['modle', 'model'],
    ['Model', 'model'],
    ['risk-score-max', 'risk_score_max'],
    ['servces', 'services'],
  ])('%s means %s', (typed, meant) => expect(nearestWord(typed, ['model', 'risk_score_max', 'services'])).toBe(meant));

  it('has no idea for what resembles nothing', () => {
    expect(nearestWord('weather', ['model', 'services'])).toBeUndefined();
    expect(nearestWord('m'.repeat(100), ['model'])).toBeUndefined();
  });
});

describe('secretShape', () => {
  const long = 'aB3'.repeat(14);
  it.each([
    [`sk-${'ant'}-api03-${long}`, 'an Anthropic API key'],
    [`sk_${'live'}_${long}`, 'an API key'],
    [`gh${'p'}_${long}`, 'a GitHub token'],
    [`gl${'pat'}-${long}`, 'a GitLab token'],
    [`xo${'xb'}-${long}`, 'a Slack token'],
    [`npm${'_'}${long}`, 'an npm token'],
    [`-----BEGIN RSA ${'PRIVATE'} KEY-----`, 'a private key'],
    [`ey${'J'}hbGciOiJI.ey${'J'}zdWIiOiIx.${long}`, 'a JSON web token'],
    ['redis://:pw@h', 'a URL with a password'],
    [`sl${'w'}_${long}`, 'a Slipway token'],
  ])('knows %s', (text, shape) => expect(secretShape(text)).toBe(shape));

  it.each([
    'git@git.example.com:acme/shop.git',
    'https://git.example.com/a/b',
    'risk_score >= 7.0',
    'claude-sonnet-5-5',
    'ada@example.com',
    'ssh://git@h/x',
  ])('leaves %s alone', (text) => expect(secretShape(text)).toBeUndefined());

  it('knows the names of secrets', () => {
    expect(['api_key', 'apiKey', 'token', 'db_password'].map(isSecretName)).toEqual([true, true, true, true]);
    expect(['tokens_max', 'model', 'key'].map(isSecretName)).toEqual([false, false, false]);
  });
});

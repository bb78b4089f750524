import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readClientSettings, readTerminalSettings } from '../../../src/config/read-client-settings.ts';
import { problemsOf, readText, withTempDir } from './with-config.ts';

const envProblems = (env: NodeJS.ProcessEnv, text = '') =>
  problemsOf(() => readText(text, { env })).map(({ field, problem }) => `${field} ${problem}`);

describe('the environment', () => {
  it('takes a channel for notifications only whole, and only where it cannot be read on the way', () => {
    const secret = Buffer.alloc(32, 7).toString('base64');
    const url = 'https://hooks.example.com/x';
    expect(envProblems({ SLIPWAY_NOTIFY_URL: url, SLIPWAY_NOTIFY_SECRET: secret, SLIPWAY_SLACK_URL: url })).toEqual([]);
    expect(envProblems({ SLIPWAY_NOTIFY_URL: url })).toEqual([
      'SLIPWAY_NOTIFY_SECRET is not set, and SLIPWAY_NOTIFY_URL is',
    ]);
    expect(envProblems({ SLIPWAY_NOTIFY_SECRET: secret })).toEqual([
      'SLIPWAY_NOTIFY_URL is not set, and SLIPWAY_NOTIFY_SECRET is',
    ]);
    expect(envProblems({ SLIPWAY_NOTIFY_URL: url, SLIPWAY_NOTIFY_SECRET: 'short' })).toEqual([
      'SLIPWAY_NOTIFY_SECRET is not base64 of 24 to 64 bytes',
    ]);
    expect(envProblems({ SLIPWAY_SLACK_URL: 'http://hooks.example.com' })).toEqual([
      'SLIPWAY_SLACK_URL is neither an https address nor one of this machine',
    ]);
  });

  it('is read into one object, with defaults', () => {
    const { env, server } = readText('server: { port: 1, host: 10.0.0.1 }\n', {
      env: {
        REDIS_URL: 'redis://user:pass@redis:6379/2',
        DATABASE_URL: 'postgresql://app@db/slipway',
        DATABASE_ADMIN_URL: 'postgres://owner@db/slipway',
        ANTHROPIC_API_KEY: 'key',
        ANTHROPIC_BASE_URL: 'https://gateway.example.com',
        SLIPWAY_TOKEN: 'token',
        SLIPWAY_URL: 'https://slipway.example.com',
        SLIPWAY_LOCAL_TARGET_URL: 'http://127.0.0.1:9',
        SLIPWAY_LOCAL_TARGET_TOKEN: 'other',
        GITHUB_WEBHOOK_SECRET: 'sixteen letters!',
        SLIPWAY_GITHUB_TOKEN: 'forge',
        AUDIT_LOG_DESTINATION: '/var/log/audit.jsonl',
        SLIPWAY_DATA_DIR: 'data',
        LOG_LEVEL: 'debug',
        PORT: '0',
        HOST: '0.0.0.0',
      },
    });
    expect(env).toEqual({
      programVariables: {},
      redisUrl: 'redis://user:pass@redis:6379/2',
      databaseUrl: 'postgresql://app@db/slipway',
      databaseAdminUrl: 'postgres://owner@db/slipway',
      anthropicApiKey: 'key',
      anthropicBaseUrl: 'https://gateway.example.com',
      token: 'token',
      serverUrl: 'https://slipway.example.com',
      localTargetUrl: 'http://127.0.0.1:9',
      localTargetToken: 'other',
      githubWebhookSecret: 'sixteen letters!',
      githubToken: 'forge',
      auditLogDestination: '/var/log/audit.jsonl',
      dataDir: resolve('data'),
      logLevel: 'debug',
    });
    expect(server).toMatchObject({ host: '0.0.0.0', port: 0 });
    const bare = readText('', { env: { REDIS_URL: '', ANTHROPIC_API_KEY: '' } }).env;
    expect(bare).toMatchObject({
      redisUrl: undefined,
      anthropicApiKey: undefined,
      auditLogDestination: 'stderr',
      logLevel: 'info',
    });
  });

  it('reads a secret from the file that NAME_FILE names, and advises 0600', () => {
    withTempDir((directory) => {
      const file = join(directory, 'key');
      writeFileSync(file, 'from-file\n', { mode: 0o600 });
      const closed = readText('', { env: { ANTHROPIC_API_KEY_FILE: file } });
      expect(closed.env.anthropicApiKey).toBe('from-file');
      expect(closed.warnings).toEqual([]);
      chmodSync(file, 0o644);
      expect(readText('', { env: { ANTHROPIC_API_KEY_FILE: file } }).warnings).toEqual([
        'ANTHROPIC_API_KEY_FILE: other users of this machine may read the file; chmod 0600',
      ]);
      expect(envProblems({ ANTHROPIC_API_KEY: 'a', ANTHROPIC_API_KEY_FILE: file })).toEqual([
        'ANTHROPIC_API_KEY is set, and so is ANTHROPIC_API_KEY_FILE',
      ]);
      writeFileSync(file, '\n');
      expect(envProblems({ ANTHROPIC_API_KEY_FILE: file })).toEqual(['ANTHROPIC_API_KEY_FILE names an empty file']);
    });
    expect(envProblems({ SLIPWAY_TOKEN_FILE: '/nowhere/token' })).toEqual([
      'SLIPWAY_TOKEN_FILE names a file that cannot be read (ENOENT)',
    ]);
  });

  it.each([
    [{ REDIS_URL: 'http://h' }, 'REDIS_URL is not a Redis address'],
    [{ REDIS_URL: 'redis://localhost?password=x' }, 'REDIS_URL carries options after "?"'],
    [{ DATABASE_URL: 'mysql://h/x' }, 'DATABASE_URL is not a PostgreSQL address'],
    [{ DATABASE_ADMIN_URL: 'postgresql://h' }, 'DATABASE_ADMIN_URL names no database'],
    [{ ANTHROPIC_BASE_URL: 'gateway' }, 'ANTHROPIC_BASE_URL is not an http or https address'],
    [{ SLIPWAY_URL: 'https://a:b@h' }, 'SLIPWAY_URL carries a user or password, which would end up in logs'],
    [{ SLIPWAY_TOKEN: 'two words' }, 'SLIPWAY_TOKEN holds spaces, line breaks or other characters that no key has'],
    [{ GITHUB_WEBHOOK_SECRET: 'fifteen letters' }, 'GITHUB_WEBHOOK_SECRET is shorter than 16 characters'],
    [{ GITHUB_WEBHOOK_SECRET: ' '.repeat(40) }, 'GITHUB_WEBHOOK_SECRET is shorter than 16 characters'],
    [{ LOG_LEVEL: 'INFO' }, 'LOG_LEVEL is not a log level'],
    [{ PORT: '80a' }, 'PORT is not a port'],
    [{ PORT: '65536' }, 'PORT is not a port'],
  ])('refuses %j', (env, expected) => {
    expect(envProblems(env)).toEqual([expected]);
  });

  it('never repeats a secret in a problem', () => {
    const problems = problemsOf(() =>
      readText('', { env: { REDIS_URL: 'redis://:hunter2@h?x=1', DATABASE_URL: 'hunter2' } }),
    );
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('warns of a variable that is nearly ours, but not of those Kubernetes sets', () => {
    const warnings = readText('', {
      env: { SLIPWAY_TOKN: 'x', SLIPWAY_PORT: 'tcp://10.0.0.1:8080', SLIPWAY_SERVICE_HOST: 'h' },
    }).warnings;
    expect(warnings).toEqual(['SLIPWAY_TOKN: no such variable; did you mean SLIPWAY_TOKEN?']);
  });
});

describe('threat 13: a Redis off loopback without authentication', () => {
  const REFUSED = 'REDIS_URL is not on loopback and carries no password';

  it.each([
    'redis://redis:6379',
    'rediss://10.0.0.5',
    'redis://user@redis',
    'redis://0.0.0.0',
    'redis://127.0.0.1.example.com',
    'redis://2130706433',
    'redis://[::]',
  ])('is refused: %s', (url) => expect(envProblems({ REDIS_URL: url })).toEqual([REFUSED]));

  it.each([
    'redis://:pw@redis',
    'rediss://user:pw@redis',
    'redis://localhost',
    'redis://127.0.0.1:6379/1',
    'redis://127.9.9.9',
    'redis://[::1]',
    '/run/redis.sock',
  ])('is no matter: %s', (url) => expect(envProblems({ REDIS_URL: url })).toEqual([]));

  it('is accepted only on the explicit word of the file', () => {
    const env = { REDIS_URL: 'redis://redis' };
    expect(envProblems(env, 'fleet: { allow_insecure_redis: true }\n')).toEqual([]);
    expect(envProblems(env, 'fleet: { allow_insecure_redis: false }\n')).toEqual([REFUSED]);
    expect(envProblems(env, 'fleet: { allow_insecure_redis: true }\nserver: { port: x }\n')).toEqual([
      'server.port must be number, not string',
    ]);
  });
});

describe('the settings of a client command', () => {
  it('take --url over SLIPWAY_URL, and drop a slash at the end', () => {
    const env = { SLIPWAY_URL: 'http://127.0.0.1:1/', SLIPWAY_TOKEN: 't' };
    expect(readClientSettings(undefined, env)).toMatchObject({
      serverUrl: 'http://127.0.0.1:1',
      token: 't',
      problems: [],
    });
    expect(readClientSettings('https://h/slipway/', env)).toMatchObject({
      serverUrl: 'https://h/slipway',
      warnings: [],
    });
    expect(readClientSettings(undefined, {}).serverUrl).toBe('http://127.0.0.1:8080');
  });

  it('refuse an address with a password and warn of clear text to another machine', () => {
    expect(readClientSettings('http://a:b@h', {}).problems).toMatchObject([{ field: '--url' }]);
    expect(readClientSettings('http://h', {}).warnings[0]).toContain('plain http to another machine');
    expect(readClientSettings('http://127.0.0.1:8080', {}).warnings).toEqual([]);
  });

  it('follow NO_COLOR, TERM=dumb and CI', () => {
    expect(readTerminalSettings({})).toEqual({ color: true, live: true });
    expect(readTerminalSettings({ NO_COLOR: '1', CI: 'true' })).toEqual({ color: false, live: false });
    expect(readTerminalSettings({ TERM: 'dumb' })).toEqual({ color: false, live: false });
  });
});

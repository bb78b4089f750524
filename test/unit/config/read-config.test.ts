import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { resolveService } from '../../../src/config/config.ts';
import { readConfig } from '../../../src/config/read-config.ts';
import { keysAt, schemaAt } from '../../../src/config/schema-keys.ts';
import { digestOf } from '../../../src/ids.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { problemLines, problemsOf, readText, withTempDir } from './with-config.ts';

const example = readFileSync(join(packageRoot, 'examples/slipway.yaml'), 'utf8');
const template = readFileSync(join(packageRoot, 'examples/pipeline-config.yaml'), 'utf8');

const SHOP = `services:
  shop:
    repository: ./shop
    repo: acme/shop
    delivery: { kind: local, command: [node, server.js] }
`;

describe('readConfig', () => {
  it('loads the template of the source as it stands', () => {
    const config = readText(template);
    expect(config.orchestration).toMatchObject({
      model: 'claude-sonnet-4-5',
      routing: 'event-driven',
      max_concurrent_agents: 5,
    });
    expect(config.thresholds).toMatchObject({
      risk_score_max: 7,
      canary_traffic_initial_pct: 5,
      canary_monitoring_duration_min: 10,
      error_rate_threshold: 0.005,
      p99_latency_threshold_ms: 800,
    });
    expect(config.escalation.auto_route_to_human).toEqual([
      'risk_score >= 7.0',
      'schema_changes_detected',
      'new_service_integration',
      'breaking_api_contract',
    ]);
    expect(config.validation).toEqual({ test_execution_required: true, max_retry_passes: 1, fixture_validation: true });
  });

  it('loads the shipped example without a warning', () => {
    expect(readText(example).warnings).toEqual([]);
  });

  it('means the defaults where there is no file', () => {
    const config = readText('');
    expect(config.services).toEqual({});
    expect(config.thresholds.canary_min_requests).toBe(600);
    expect(config.env.redisUrl).toBeUndefined();
  });

  it('lists every problem of the file and the environment at once, each with its place', () => {
    const text = [
      'orchestation:',
      '  model: x',
      'thresholds:',
      '  risk_score_max: 9',
      '  canary_tik_s: 1',
      'audit:',
      'services:',
      '  Bad: {}',
      '  shop:',
      '    delivery: { kind: ftp }',
      '',
    ].join('\n');
    expect(problemLines(text, { env: { LOG_LEVEL: 'loud', PORT: '70000' } })).toEqual([
      '1:1 orchestation: unknown key',
      '4:19 thresholds.risk_score_max: must be <=7',
      '5:3 thresholds.canary_tik_s: unknown key',
      '6:1 audit: is empty',
      '8:3 services.Bad: is not a valid name: lower-case letters, digits and dashes, at most 39',
      '9:3 services.shop.repository: is missing',
      '9:3 services.shop.repo: is missing',
      "10:23 services.shop.delivery.kind: must be 'local' | 'command' | 'haproxy' | 'nginx'",
      'LOG_LEVEL: is not a log level',
      'PORT: is not a port',
    ]);
  });

  it('names a rule that is not understood beside what else is wrong', () => {
    const text = 'escalation:\n  auto_route_to_human: ["risk_scor >= 7"]\nthresholds:\n  risk_score_max: seven\n';
    expect(problemsOf(() => readText(text)).map(({ field }) => field)).toEqual([
      'escalation.auto_route_to_human.0',
      'thresholds.risk_score_max',
    ]);
  });

  it('asks "did you mean" for a misspelt key', () => {
    const [problem] = problemsOf(() => readText('thresholds:\n  canary_tik_s: 1\n'));
    expect(problem?.fix).toBe('did you mean "canary_tick_s"?');
  });

  it('says where a key belongs that stands in the wrong section', () => {
    const [problem] = problemsOf(() => readText('max_concurrent_agents: 3\n'));
    expect(problem?.fix).toBe('it belongs at orchestration.max_concurrent_agents: check the indentation');
  });

  it('refuses an unknown key at any level', () => {
    const whole: unknown = parse(example);
    const paths = objectPaths(whole);
    expect(paths.length).toBeGreaterThan(15);
    const word = fc.stringMatching(/^[a-z][a-z_]{2,14}$/);
    fc.assert(
      fc.property(fc.constantFrom(...paths), word, (path, key) => {
        fc.pre(schemaAt([...path, key]) === undefined);
        const text = stringify(withKey(whole, path, key));
        const problem = problemsOf(() => readText(text)).find(({ field }) => field === [...path, key].join('.'));
        expect(problem?.problem).toBe('unknown key');
        const line = text.split('\n')[(problem?.at?.line ?? 0) - 1] ?? '';
        expect(line.slice((problem?.at?.column ?? 0) - 1)).toMatch(new RegExp(`^${key}:`));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses the form that lost its indentation, with one hint', () => {
    const flat = template.replace(/^ +(- )?/gm, '$1');
    const problems = problemsOf(() => readText(flat));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      field: 'orchestration',
      problem: expect.stringContaining('the indentation is lost'),
      fix: expect.stringContaining('indent the keys of each section by two spaces'),
      at: { line: 2, column: 1 },
    });
  });

  it('refuses test_execution_required: false and says why', () => {
    expect(problemLines('validation:\n  test_execution_required: false\n')).toEqual([
      expect.stringMatching(
        /^2:28 validation\.test_execution_required: cannot be turned off: a generated test that was not run/,
      ),
    ]);
  });

  it.each([
    [
      'a value of the wrong type',
      'thresholds:\n  risk_score_max: high\n',
      '2:19 thresholds.risk_score_max: must be number, not string',
    ],
    [
      'a rule that does not parse',
      'escalation:\n  auto_route_to_human: ["risk_score >"]\n',
      '2:25 escalation.auto_route_to_human.0: ',
    ],
    [
      'a rule over an unknown name',
      'escalation:\n  auto_route_to_human: [riskscore > 3]\n',
      '2:25 escalation.auto_route_to_human.0: Unknown variable: riskscore',
    ],
    ['a tab for indentation', 'thresholds:\n\trisk_score_max: 1\n', '2:1 yaml: '],
    ['a key that stands twice', 'profile: demo\nprofile: demo\n', '2:1 yaml: Map keys must be unique'],
    ['a list at the top', '- 1\n', '1:1 '],
    ['two documents', 'profile: demo\n---\nprofile: demo\n', '2:1 yaml: '],
    ['a tag', 'profile: !!js/function demo\n', '1:10 yaml: '],
    ['a key that is no word', '? [a]\n: 1\n', '1:3 yaml: a key must be a word'],
    ['__proto__', '__proto__: { profile: demo }\n', '1:1 __proto__: is not a name for a key'],
    [
      'half of a surrogate pair',
      'audit: { compliance_framework: "\\ud800" }\n',
      '1:32 audit.compliance_framework: holds half',
    ],
  ])('refuses %s with its place', (_what, text, expected) => {
    const lines = problemLines(text);
    expect(lines[0]?.slice(0, expected.length)).toBe(expected);
  });

  it('refuses aliases that unfold into a bomb', () => {
    const row = (name: string, of: string) => `${name}: &${name} [${Array.from({ length: 9 }, () => of).join(', ')}]\n`;
    const bomb = row('a', 'x') + row('b', '*a') + row('c', '*b') + row('d', '*c');
    expect(problemLines(bomb)[0]).toContain('Excessive alias count');
  });

  it('refuses a file that is no configuration by its size', () => {
    expect(problemLines(`# ${'x'.repeat(1_000_001)}`)[0]).toContain('is larger than');
  });

  it('refuses values and keys that look like secrets, without repeating them', () => {
    const key = `AK${'IA'}${'A1'.repeat(8)}`;
    const text = `audit:\n  compliance_framework: ${key}\nservices:\n  shop:\n    repository: https://ci:hunter2@git.example.com/shop.git\n    repo: acme/shop\n    delivery: { kind: local, command: [x] }\n`;
    const problems = problemsOf(() => readText(text));
    expect(problems.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      'audit.compliance_framework looks like an AWS access key id',
      'services.shop.repository looks like a URL with a password',
    ]);
    expect(JSON.stringify(problems)).not.toMatch(new RegExp(`${key}|hunter2`));
    const [named] = problemsOf(() => readText('orchestration:\n  api_key: x\n'));
    expect(named?.fix).toContain('secrets come from the environment');
  });

  it('freezes everything', () => {
    const config = readText(SHOP);
    const thaw = (value: unknown, path: string): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const here = Object.isFrozen(value) ? [] : [path];
      return [...here, ...Object.entries(value).flatMap(([key, part]) => thaw(part, `${path}.${key}`))];
    };
    expect(thaw(config, 'config')).toEqual([]);
    expect(() => Object.assign(config.thresholds, { risk_score_max: 0 })).toThrow(TypeError);
  });

  it('resolves paths from where the file is, and hashes them as written', () => {
    withTempDir((directory) => {
      const file = join(directory, 'slipway.yaml');
      writeFileSync(file, `orchestration:\n  prompts_dir: prompts\n${SHOP}`);
      const config = readConfig({ file, env: {} });
      expect(config.services['shop']?.repository).toBe(join(directory, 'shop'));
      expect(config.orchestration.prompts_dir).toBe(join(directory, 'prompts'));
      expect(config.policy_text).toContain('"repository":"./shop"');
    });
  });

  it('names a file that is missing by how it was asked for', () => {
    const fieldOf = (options: Parameters<typeof readConfig>[0]) => problemsOf(() => readConfig(options))[0]?.field;
    expect(fieldOf({ file: '/nowhere/slipway.yaml', env: {} })).toBe('--config');
    expect(fieldOf({ env: { SLIPWAY_CONFIG: '/nowhere/slipway.yaml' } })).toBe('SLIPWAY_CONFIG');
  });

  it('finds the file by SLIPWAY_CONFIG and lets --config win', () => {
    withTempDir((directory) => {
      const [a, b] = [join(directory, 'a.yaml'), join(directory, 'b.yaml')];
      writeFileSync(a, 'server: { port: 1 }\n');
      writeFileSync(b, 'server: { port: 2 }\n');
      expect(readConfig({ env: { SLIPWAY_CONFIG: a } }).server.port).toBe(1);
      expect(readConfig({ file: b, env: { SLIPWAY_CONFIG: a } }).server.port).toBe(2);
    });
  });
});

describe('the policy hash', () => {
  it('is the same for another order of keys, comments and the fleet’s own settings', () => {
    const a = readText('thresholds: { risk_score_max: 5, canary_tick_s: 9 }\n');
    const b = readText('# why\nserver: { port: 1 }\nthresholds:\n  canary_tick_s: 9\n  risk_score_max: 5.0\n');
    expect(b.policy_hash).toBe(a.policy_hash);
    expect(digestOf(a.policy_text)).toBe(a.policy_hash);
  });

  it.each([
    'thresholds: { risk_score_max: 4 }',
    'validation: { max_retry_passes: 2 }',
    'people: { ada: { logins: [ada] } }',
  ])('changes with %s', (text) => expect(readText(text).policy_hash).not.toBe(readText('').policy_hash));
});

describe('thresholds of a service', () => {
  it('override only what they name', () => {
    const config = readText(
      `thresholds: { canary_min_requests: 900, risk_score_max: 6 }\n${SHOP}    thresholds: { risk_score_max: 5 }\n`,
    );
    const limits = resolveService(config, 'shop')?.limits;
    expect(limits).toMatchObject({ canary_min_requests: 900, risk_score_max: 5 });
  });
});

describe('warnings', () => {
  it('name the end of a model, before and after it', () => {
    const text = 'orchestration: { model: claude-sonnet-4-5 }\n';
    expect(readText(text).warnings[0]).toContain('reaches its end of life on 2026-11-30');
    expect(readText(text, { now: new Date('2026-12-01T00:00:00Z') }).warnings[0]).toContain('reached its end of life');
    expect(readText('').warnings).toEqual([]);
  });

  it('name fixture_validation that has nothing to run', () => {
    const tests = '    tests: { command: [x], directory: t, pattern: t/*, report: tap }\n';
    expect(readText(SHOP + tests).warnings[0]).toContain('services.shop.tests.collect_command');
    expect(readText(`validation: { fixture_validation: false }\n${SHOP}${tests}`).warnings).toEqual([]);
  });
});

type Path = readonly (string | number)[];

/** Paths of all objects whose keys the schema fixes. */
function objectPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = !Array.isArray(value) && keysAt(path).length > 0 ? [path] : [];
  const steps = Object.entries(value).map(([key, part]): [string | number, unknown] => [
    Array.isArray(value) ? Number(key) : key,
    part,
  ]);
  return [...here, ...steps.flatMap(([key, part]) => objectPaths(part, [...path, key]))];
}

function withKey(value: unknown, [step, ...rest]: Path, key: string): unknown {
  if (Array.isArray(value)) return value.map((part, index) => (index === step ? withKey(part, rest, key) : part));
  if (typeof value !== 'object' || value === null) return value;
  if (step === undefined) return { ...value, [key]: 1 };
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, name === step ? withKey(part, rest, key) : part]),
  );
}

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/package-root.ts';
import { BASELINE_FIGURES } from '../support/baseline-figures.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());

/** A metric program by the protocol: it answers `baseline` with what it is given, whatever it is. */
const PROGRAM = 'process.stdin.resume(); process.stdin.on("end", () => process.stdout.write(process.argv[1]));';

/** Runs the command on services whose metric programs answer as said. */
async function pull(answers: Record<string, unknown>, ...args: string[]) {
  const service = (name: string, answer: unknown) => ({
    repository: '/r',
    repo: `acme/${name}`,
    delivery: {
      kind: 'command',
      command: ['true'],
      public_url: 'http://127.0.0.1:9',
      metrics: { kind: 'command', command: [process.execPath, '-e', PROGRAM, JSON.stringify(answer)] },
    },
  });
  const file = join(ground.directory, 'pull.yaml');
  const services = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, service(name, answer)]));
  await writeFile(file, stringify({ services }));
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: ground.databaseUrl,
    REDIS_URL: ground.redisUrl,
    SLIPWAY_DATA_DIR: ground.directory,
  };
  const argv = [join(packageRoot, 'bin/slipway.js'), 'baseline', 'pull', ...args, '--config', file];
  return new Promise<{ out: string; err: string; exitCode: number }>((resolve) => {
    execFile(process.execPath, argv, { cwd: packageRoot, env }, (error, out, err) =>
      resolve({ out, err, exitCode: error === null ? 0 : Number(error.code) }),
    );
  });
}

const kept = async () =>
  (await ground.db.selectFrom('slipway.baselines').select('service').orderBy('service').execute()).map(
    (row) => row.service,
  );

it('keeps production’s own figures for staging and says what they are', async () => {
  const { out, err, exitCode } = await pull({ shop: { baseline: BASELINE_FIGURES } }, 'shop');
  expect(err).toBe('');
  expect(out).toMatch(/^shop {2}20000 requests of 28 days, p50 10\.0 ms, p95 40\.0 ms, p99 90\.0 ms, errors 0\.100 %/);
  expect(exitCode).toBe(0);
  expect(await kept()).toEqual(['shop']);
});

it('of all services keeps the good ones, names each that it cannot keep, and ends with 1', async () => {
  const answers = {
    good: { baseline: BASELINE_FIGURES },
    none: { baseline: null },
    wrong: { baseline: { ...BASELINE_FIGURES, p99_ms: 'NaN' } },
    young: { baseline: { ...BASELINE_FIGURES, days: 1 } },
  };
  const { out, exitCode } = await pull(answers, '--json');
  const lines = JSON.parse(out) as { service: string; kind: string; code?: string; detail?: string }[];
  expect(lines.map(({ service, kind, code }) => [service, kind, code])).toEqual([
    ['good', 'pulled', undefined],
    ['none', 'refused', 'NO_BASELINE'],
    ['wrong', 'failed', undefined],
    ['young', 'refused', 'BASELINE_TOO_YOUNG'],
  ]);
  expect(lines[2]?.detail).toContain('p99_ms');
  expect(exitCode).toBe(1);
  expect(await kept()).toEqual(['good', 'shop']);
});

it('of a service that nobody configured says so', async () => {
  const { err, exitCode } = await pull({ shop: { baseline: BASELINE_FIGURES } }, 'shpo');
  expect(err).toContain('service: shpo is not in the configuration');
  expect(exitCode).toBe(2);
});

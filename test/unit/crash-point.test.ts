import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EFFECTS } from '../../src/audit/entry.ts';
import { readEnvironment } from '../../src/config/read-environment.ts';
import { CRASH_POINTS, crashPoint, parseCrashOrder } from '../../src/crash-point.ts';
import { packageRoot } from '../../src/package-root.ts';
import { makeCrashOrders } from '../chaos/crash-orders.ts';
import { CANARY_POINTS, KILLS } from '../support/canary-kills.ts';

function readSources(): string {
  const directory = join(packageRoot, 'src');
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  const texts = files.flatMap((file) =>
    file.isFile() && file.name !== 'crash-point.ts' ? [readFileSync(join(file.parentPath, file.name), 'utf8')] : [],
  );
  return texts.join('\n');
}

it('every point that can be named is in the code', () => {
  const sources = readSources();
  const missing = CRASH_POINTS.filter((point) => {
    const [place = '', moment = ''] = point.split(':');
    const isEffect = EFFECTS.some((effect) => effect === place);
    return !sources.includes(isEffect ? `crashPoint(\`\${name}:${moment}\`)` : `crashPoint('${point}')`);
  });
  expect(missing).toEqual([]);
});

it('every effect has its points', () => {
  for (const effect of EFFECTS) expect(CRASH_POINTS).toContain(`${effect}:before-act`);
});

it('every one on a canary’s way has a worker killed there on the real stack', () => {
  const killed = new Set<string>(Object.values(KILLS).flat());
  expect(CANARY_POINTS.filter((point) => !killed.has(point))).toEqual([]);
});

it('reads point, passage and way', () => {
  expect(parseCrashOrder('promotion:after-act')).toEqual({ point: 'promotion:after-act', passage: 1, how: 'kill' });
  expect(parseCrashOrder('canary:after-tick-row#3=stop')).toEqual({
    point: 'canary:after-tick-row',
    passage: 3,
    how: 'stop',
  });
  for (const bad of ['', 'promotion', 'promotion:after-acts', 'promotion:after-act#0', 'promotion:after-act=pause'])
    expect(parseCrashOrder(bad)).toBeUndefined();
});

it('is refused by name where the environment asks for a point that does not exist', () => {
  const read = (value: string) => readEnvironment({ SLIPWAY_CRASH_POINT: value }, { allowInsecureRedis: false });
  expect(read('promotion:nowhere').problems).toMatchObject([
    { field: 'SLIPWAY_CRASH_POINT', problem: 'is no crash point' },
  ]);
  const good = read('promotion:after-act#2');
  expect(good.problems).toEqual([]);
  expect(good.environment.crashPoint).toEqual({ point: 'promotion:after-act', passage: 2, how: 'kill' });
  expect(good.warnings).toEqual([
    'SLIPWAY_CRASH_POINT: this process will kill itself at promotion:after-act; only for tests',
  ]);
  expect(read('/tmp/orders').environment.crashPoint).toEqual({ directory: '/tmp/orders' });
  expect(read('/tmp/orders').warnings).toEqual([
    'SLIPWAY_CRASH_POINT: this process will end itself where /tmp/orders orders it; only for tests',
  ]);
});

it('does nothing when nobody armed it', () => {
  expect(() => CRASH_POINTS.forEach(crashPoint)).not.toThrow();
});

it('ends the process in the passage that was asked for, before the next line', () => {
  const code = `
    import { armCrashPoint, crashPoint, parseCrashOrder } from './src/crash-point.ts';
    armCrashPoint(parseCrashOrder('finish:after-row#2'));
    for (let n = 1; n < 4; n++) { crashPoint('stop:after-flag'); crashPoint('finish:after-row'); process.stdout.write(String(n)); }`;
  const ended = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: '1' });
});

it('is taken by one of all the processes that share a directory of orders, and each passage is counted', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-crash-'));
  try {
    const orders = makeCrashOrders(directory);
    orders.order('finish:after-row', 'kill');
    orders.order('stop:after-flag', 'kill');
    const code = `
      import { armCrashPoint, crashPoint, parseCrashSetting } from './src/crash-point.ts';
      armCrashPoint(parseCrashSetting(${JSON.stringify(directory)}));
      for (let n = 0; n < 3; n++) { crashPoint('finish:after-entry'); crashPoint('finish:after-row'); }`;
    const ends = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const args = ['--import', 'tsx', '--input-type=module', '-e', code];
        const [exit, signal] = await once(spawn(process.execPath, args, { cwd: packageRoot }), 'exit');
        return signal ?? exit;
      }),
    );
    expect(ends.filter((end) => end === 'SIGKILL')).toHaveLength(1);
    expect(ends.filter((end) => end === 0)).toHaveLength(2);
    const seen = new Map(orders.read().map((point) => [point.point, point]));
    expect(seen.get('finish:after-entry')).toMatchObject({ passed: 7, ordered: 0, deaths: [] });
    expect(seen.get('finish:after-row')).toMatchObject({ passed: 7, ordered: 1, deaths: [{}] });
    expect(seen.get('stop:after-flag')).toMatchObject({ passed: 0, ordered: 1, deaths: [] });
    expect(orders.waits('finish:after-row')).toBe(false);
    expect(orders.waits('stop:after-flag')).toBe(true);
    orders.withdraw();
    expect(orders.waits('stop:after-flag')).toBe(false);
  } finally {
    await rm(directory, { recursive: true });
  }
});

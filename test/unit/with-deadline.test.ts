import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { isPastDeadline, withDeadline } from '../../src/with-deadline.ts';

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

it('ends work at its time, and says that this is why', async () => {
  const late = await withDeadline(new AbortController().signal, 1, never).catch((error: unknown) => error);
  expect(isPastDeadline(late)).toBe(true);
  expect(isPastDeadline(new Error('TimeoutError'))).toBe(false);
});

it('ends work when its caller does, also one that did before, and gives on what the work gives', async () => {
  const caller = new AbortController();
  const ended = withDeadline(caller.signal, 600_000, never).catch((error: unknown) => error);
  caller.abort('drain');
  expect(await ended).toBe('drain');
  const seen = await withDeadline(caller.signal, 600_000, (signal) => Promise.resolve(signal.aborted));
  expect(seen).toBe(true);
});

/** As `fetch` to a server that never answers, with the garbage collector at work meanwhile. */
const HUNG = `
import { createServer } from 'node:net';
import { withDeadline, isPastDeadline } from './src/with-deadline.ts';
const server = createServer(() => {}).listen(0, '127.0.0.1', async () => {
  const caller = new AbortController();
  const collecting = setInterval(() => globalThis.gc(), 5);
  const ask = () => withDeadline(caller.signal, 100, (signal) => fetch('http://127.0.0.1:' + server.address().port, { signal }));
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask().catch((error) => error)));
  clearInterval(collecting);
  console.log(answers.filter(isPastDeadline).length);
  process.exit(0);
});
`;

it('is not lost to the garbage collector while a server hangs', () => {
  const args = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', HUNG];
  expect(execFileSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8' }).trim()).toBe('10');
});

it('is the only way in which a time limit is put beside another signal', () => {
  const directory = join(packageRoot, 'src');
  const bad = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      /\.tsx?$/.test(file) && /any\(\[[^\]]*AbortSignal\.timeout\(/.test(readFileSync(join(directory, file), 'utf8')),
  );
  expect(bad).toEqual([]);
});

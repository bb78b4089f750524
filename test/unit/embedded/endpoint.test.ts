import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readOrMakeEndpoint, writeEndpoint } from '../../../src/embedded/endpoint.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-endpoint-'));
  file = join(dir, 'redis.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('makes a password once and keeps it for its owner alone', async () => {
  const first = await readOrMakeEndpoint(file);
  await writeEndpoint(file, { ...first.endpoint, port: 4000 });
  const second = await readOrMakeEndpoint(file);
  expect(first).toMatchObject({ isNew: true, endpoint: { password: expect.stringMatching(/^[\w-]{32}$/) } });
  expect(second).toEqual({ isNew: false, endpoint: { password: first.endpoint.password, port: 4000 } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it.each(['{', '{"password":"short"}', '{"password":"' + 'x'.repeat(32) + '","port":0}'])(
  'refuses a damaged file and does not show its text: %s',
  async (text) => {
    await writeFile(file, text);
    await expect(readOrMakeEndpoint(file)).rejects.toThrow(`${file} is damaged. Put it back from a copy`);
    expect(await readFile(file, 'utf8')).toBe(text);
  },
);

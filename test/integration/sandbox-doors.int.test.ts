import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox } from '../../src/sandbox/make-sandbox.ts';
import type { SandboxResult, SandboxRun } from '../../src/sandbox/sandbox.ts';
import { fakeReceipt, processesWith, requestOf, withSandboxGround } from '../support/sandbox.ts';

const servers: Server[] = [];

function listen(answer: string): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => response.end(`${answer} ${Buffer.concat(chunks).length}`));
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

let open = 0;
let shut = 0;
beforeAll(async () => {
  open = await listen('the staged version got');
  shut = await listen('the rest of the host');
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

function run(script: string, over: Partial<SandboxRun> = {}): Promise<SandboxResult> {
  return new Promise((resolve, reject) => {
    withSandboxGround({ 'try.mjs': script }, async (ground) => {
      const sandbox = makeSandbox(ground.options);
      try {
        const request = requestOf(ground.tree, over.command ?? ['node', 'try.mjs'], over);
        resolve(await sandbox.run(fakeReceipt(), request, new AbortController().signal));
      } finally {
        await sandbox.close();
      }
    }).catch(reject);
  });
}

const through = (): Partial<SandboxRun> => ({
  doors: [{ port: 8080, to: { host: '127.0.0.1', port: open } }],
  environment: { SLIPWAY_ENDPOINT: 'http://127.0.0.1:8080' },
});

describe('the doors of a sandbox', () => {
  it('lead to the one address they name, with bodies of any size', async () => {
    const script = `
      const answer = await fetch(process.env.SLIPWAY_ENDPOINT, { method: 'POST', body: 'x'.repeat(3_000_000) });
      console.log(await answer.text());`;
    expect(await run(script, through())).toMatchObject({
      end: 'exited',
      exit_code: 0,
      stdout: 'the staged version got 3000000\n',
    });
  });

  it('and to nothing else: neither its real port nor another one of the host', async () => {
    const script = `
      for (const port of [${open}, ${shut}]) {
        const said = await fetch('http://127.0.0.1:' + port).then((a) => a.text(), (e) => e.cause.code);
        console.log(said);
      }`;
    expect(await run(script, through())).toMatchObject({ stdout: 'ECONNREFUSED\nECONNREFUSED\n' });
  });

  it('are not there when none were asked for', async () => {
    const script = `
      import { readdirSync } from 'node:fs';
      console.log(readdirSync('/').includes('doors'), process.env.SLIPWAY_ENDPOINT);`;
    expect(await run(script)).toMatchObject({ stdout: 'false undefined\n' });
  });

  it('cannot be moved: their directory is read-only inside', async () => {
    const script = `
      import { rmSync, writeFileSync } from 'node:fs';
      for (const act of [() => rmSync('/doors/8080.sock'), () => writeFileSync('/doors/open.mjs', '')]) {
        try { act(); console.log('done'); } catch (error) { console.log(error.code); }
      }`;
    expect((await run(script, through())).stdout).toBe('EROFS\nEROFS\n');
  });

  it.each([
    ['process.exit(7)', 7],
    ["process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)", 143],
  ])('hand on how the command ended: %s', async (script, exit_code) => {
    expect(await run(script, through())).toMatchObject({ end: 'exited', exit_code });
  });

  it('do not keep alive what the command left running, and time still ends all of it', async () => {
    const script = 'setInterval(() => {}, 1000); // doors-test-marker';
    expect(await run(script, { ...through(), timeoutMs: 1_500 })).toMatchObject({ end: 'timed_out' });
    expect(processesWith('/doors/open.mjs')).toEqual([]);
  });

  it('say that a command is not there', async () => {
    const result = await run('', { ...through(), command: ['no-such-program'] });
    expect(result).toMatchObject({ exit_code: 127 });
    expect(result.stderr).toContain('no-such-program');
  });
});

import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInHost } from '../../src/sandbox/make-sandbox.ts';
import { readProcessTree } from '../../src/sandbox/process-tree.ts';
import { openSandboxHost, type SandboxHost } from '../../src/sandbox/sandbox-host.ts';
import { ownCgroups, requestOf, withSandboxGround, writeWorker } from '../support/sandbox.ts';

const CANARY = `canary-${process.pid}-${Date.now().toString(36)}`;
/** Both ways to hold memory: the kernel's, and our own watch where no cgroup can be made. */
const MODES = [
  ['with cgroups', 'when_possible'],
  ['without cgroups', 'never'],
] as const;

beforeAll(() => {
  process.env['SLIPWAY_TEST_CANARY'] = CANARY;
});
afterAll(() => {
  delete process.env['SLIPWAY_TEST_CANARY'];
});

describe.each(MODES)('threat 3 and 5: escapes %s', (_name, cgroups) => {
  async function withHost(
    use: (run: (script: string, over?: object) => ReturnType<typeof runInHost>, host: SandboxHost) => Promise<void>,
  ): Promise<void> {
    await withSandboxGround({ 'a.txt': 'tree' }, async (ground) => {
      const host = await openSandboxHost({ ...ground.options, cgroups });
      try {
        await use(
          (script, over = {}) =>
            runInHost(host, requestOf(ground.tree, ['sh', '-c', script], over), new AbortController().signal),
          host,
        );
      } finally {
        await host.close();
      }
      expect(await readdir(ground.workDir)).toEqual([]);
      expect(await ownCgroups()).toEqual([]);
    });
  }

  it('threat 5: no secret of the worker is in the environment or under /proc', async () => {
    await withHost(async (run) => {
      const result = await run('env; cat /proc/*/environ /proc/*/cmdline /proc/self/mountinfo');
      expect(result.stdout).toContain('HOME=/tmp');
      expect(result.stdout + result.stderr).not.toContain(CANARY);
      expect(result.stdout).not.toContain('SLIPWAY_TEST_CANARY');
    });
  });

  it('threat 5: nothing is reachable over the network, neither a listener of this machine nor the metadata service', async () => {
    let reached = 0;
    const server = createServer(() => {
      reached += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const script = `const net = require('net');
      for (const [host, port] of [['127.0.0.1', ${port}], ['169.254.169.254', 80], ['::1', ${port}]]) {
        const s = net.connect({ host, port }); s.on('connect', () => { console.log('CONNECTED', host); s.destroy(); }); s.on('error', (e) => console.log(e.code, host));
      }`;
    await withHost(async (run) => {
      const result = await run(`node -e "${script.replaceAll('\n', ' ')}"`);
      expect(result.stdout).toContain('ECONNREFUSED 127.0.0.1');
      expect(result.stdout).toContain('ENETUNREACH 169.254.169.254');
      expect(result.stdout).not.toContain('CONNECTED');
    });
    await new Promise((resolve) => server.close(resolve));
    expect(reached).toBe(0);
  });

  it('threat 3: host files cannot be read, the system cannot be written', async () => {
    const mark = `slipway-escape-${CANARY}`;
    await withHost(async (run) => {
      const result = await run(
        `cat /etc/shadow; ls /root /home /var /oldroot; cat /proc/1/root/etc/shadow; for d in / /usr /usr/bin /etc /dev /proc/sys/kernel; do touch $d/${mark} && echo WROTE $d; done; cat a.txt; exit 0`,
      );
      expect(result.stdout).toBe('tree');
      expect(result.stderr).toContain('Read-only file system');
      await expect(access(`/usr/${mark}`)).rejects.toThrow('ENOENT');
    });
  });

  it('threat 3: no privilege is left and none can be won', async () => {
    await withHost(async (run) => {
      const result = await run(
        'grep -E "CapEff|CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; id -u; unshare -Ur true && echo NESTED; mount -t tmpfs x /tmp && echo MOUNTED; kill -9 -1; exit 0',
      );
      expect(result.stdout).toMatch(/CapEff:\t0+\nCapBnd:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2\n65534\n$/);
    });
  });

  it('threat 3: a fork bomb stays bounded and goes with its sandbox', async () => {
    await withHost(async (run) => {
      const before = readProcessTree(process.pid).length;
      const result = await run('i=0; while [ $i -lt 3000 ]; do sleep 30 & i=$((i+1)); done; echo unbounded');
      expect(result.stderr).toContain('Cannot fork');
      expect(result.stdout).toBe('');
      expect(readProcessTree(process.pid).length).toBeLessThanOrEqual(before);
    });
  });

  it('threat 3: 4 GB of memory are not to be had', async () => {
    await withHost(async (run) => {
      const result = await run(
        'node -e "const a=[];for(let i=0;i<64;i++)a.push(Buffer.alloc(67108864,1));console.log(1)"',
        { memoryMb: 256 },
      );
      expect(result).toMatchObject({ end: 'out_of_memory', exit_code: null, stdout: '' });
    });
  });

  it('threat 3: memory spread over many processes counts as one', async () => {
    await withHost(async (run) => {
      const grow = 'node -e "const a=Buffer.alloc(100e6,1);setTimeout(()=>a,20000)"';
      const result = await run(`${Array(5).fill(`${grow} &`).join(' ')} wait`, { memoryMb: 256 });
      expect(result.end).toBe('out_of_memory');
    });
  });

  it('threat 3: neither one big file nor many fill the disk or memory', async () => {
    await withHost(async (run) => {
      const one = await run(
        'head -c 400000000 /dev/zero > big; stat -c %s big; head -c 400000000 /dev/zero > /tmp/b; for i in 1 2 3 4 5 6 7 8; do head -c 60000000 /dev/zero > /tmp/c$i; done; exit 0',
        { memoryMb: 1024 },
      );
      expect(one.stdout).toBe('67108864\n');
      expect(one.stderr).toContain('File size limit exceeded');
      expect(one.stderr).toContain('No space left on device');
    });
  });
});

it('threat 3: a directory that the worker was started with is no way out', async () => {
  await withSandboxGround({}, async (ground) => {
    const file = await writeWorker(ground, {
      workDir: ground.workDir,
      command: ['sh', '-c', 'ls /proc/self/fd; ls /proc/self/fd/20/ /proc/1/fd/20/; exit 0'],
    });
    const root = openSync('/', 'r');
    // Node takes the descriptors below 17 from its children by itself; a service manager may hand over any.
    const stdio: StdioOptions = [...Array<'ignore'>(20).fill('ignore'), root];
    stdio[1] = 'pipe';
    const worker = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: new URL('../..', import.meta.url).pathname,
      stdio,
    });
    let text = '';
    worker.stdout?.on('data', (chunk) => {
      text += String(chunk);
    });
    await once(worker, 'close');
    closeSync(root);
    expect(JSON.parse(text)).toMatchObject({
      exit_code: 0,
      stdout: '0\n1\n2\n3\n',
      stderr: expect.stringContaining('/proc/self/fd/20/'),
    });
  });
});

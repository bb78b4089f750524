import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { attackFromInside, attackThroughLink, type ProbeGround } from '../../src/sandbox/probe-attacks.ts';
import { probeSandbox } from '../../src/sandbox/probe-sandbox.ts';
import type { SandboxReadiness } from '../../src/sandbox/sandbox.ts';
import { openSandboxHost } from '../../src/sandbox/sandbox-host.ts';
import { ownCgroups, withSandboxGround } from '../support/sandbox.ts';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;

function failed(attacks: SandboxReadiness['attacks']): string[] {
  return attacks.filter((attack) => !attack.held).map((attack) => attack.name);
}

/** The same host with a bubblewrap that is led astray: what a wrong profile or a broken build would be. */
async function withWeakBwrap(
  script: string,
  attack: (ground: ProbeGround) => Promise<SandboxReadiness['attacks']>,
): Promise<SandboxReadiness['attacks']> {
  let found: SandboxReadiness['attacks'] = [];
  await withSandboxGround({}, async (ground) => {
    const host = await openSandboxHost(ground.options);
    const weak = join(ground.directory, 'weak-bwrap');
    await writeFile(weak, `#!/bin/sh\n${script}\n`);
    await chmod(weak, 0o755);
    const directory = join(ground.directory, 'probe');
    await mkdir(join(directory, 'tree'), { recursive: true });
    try {
      found = await attack({
        host: { ...host, bwrap: weak },
        directory,
        tree: join(directory, 'tree'),
        signal: AbortSignal.timeout(20_000),
      });
    } finally {
      await host.close();
    }
  });
  return found;
}

/** A bubblewrap that is given more than we asked for, in the middle of its arguments. */
function insertBefore(option: string, extra: string): string {
  return `for arg; do shift; [ "$arg" = ${option} ] && set -- "$@" ${extra}; set -- "$@" "$arg"; done; exec bwrap "$@"`;
}

describe('probeSandbox', () => {
  it('holds against every attack on this machine, in time, and leaves nothing', async () => {
    await withSandboxGround({}, async (ground) => {
      const readiness = await probeSandbox(ground.options);
      expect(failed(readiness.attacks)).toEqual([]);
      expect(readiness.ready).toBe(true);
      expect(readiness.attacks.length).toBeGreaterThanOrEqual(17);
      expect(await readdir(ground.workDir)).toEqual([]);
      expect(await ownCgroups()).toEqual([]);
    });
  });

  it('holds for a worker that is not root and can make no cgroup', async () => {
    await withSandboxGround({}, async (ground) => {
      await chmod(ground.workDir, 0o777);
      const script = `
        import { probeSandbox } from ${JSON.stringify(join(ROOT, 'src/sandbox/probe-sandbox.ts'))};
        import { makeLogger } from ${JSON.stringify(join(ROOT, 'src/log.ts'))};
        if (process.getuid() === 0) { process.setgroups([]); process.setgid(61234); process.setuid(61234); }
        const log = makeLogger({ level: 'silent', name: 'x' });
        const readiness = await probeSandbox({ workDir: ${JSON.stringify(ground.workDir)}, uid: 65534, log });
        console.log(JSON.stringify({ uid: process.getuid(), ...readiness }));`;
      const file = join(ground.directory, 'probe.mts');
      await writeFile(file, script);
      const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: ROOT });
      const readiness = JSON.parse(stdout);
      expect(readiness.uid).not.toBe(0);
      expect(failed(readiness.attacks)).toEqual([]);
      expect(readiness.ready).toBe(true);
      expect(await readdir(ground.workDir)).toEqual([]);
    });
  });

  it.each([
    ['network', insertBefore('--dev', '--share-net')],
    ['environment', 'DEPLOY_KEY=x exec bwrap "$@"'],
    ['host files', insertBefore('--dev', '--ro-bind /var /var')],
    ['host processes', insertBefore('--dev', '--ro-bind /proc /proc')],
    ['system is read-only', insertBefore('--dev', '--tmpfs /etc')],
    ['inherited descriptors', 'exec 7</; exec bwrap "$@"'],
  ])('notices when the profile does not hold: %s', async (name, script) => {
    expect(failed(await withWeakBwrap(script, attackFromInside))).toContain(name);
  });

  it('notices a mount point made inside the tree, by the host file it leaves behind', async () => {
    const naive = insertBefore('--remount-ro', '--ro-bind /usr/bin/env /job/tests/planted');
    const attacks = await withWeakBwrap(naive, (ground) =>
      attackThroughLink(ground).catch((error: unknown) => [
        { name: 'link to /oldroot', held: false, detail: String(error) },
      ]),
    );
    const attack = attacks.find(({ name }) => name === 'link to /oldroot');
    // A bubblewrap without the hole refuses to start instead; both are found.
    expect(attack).toMatchObject({
      held: false,
      detail: expect.stringMatching(/made on the host: planted|SANDBOX_SETUP_FAILED/),
    });
  });

  it('is not ready, with the reason, where the sandbox cannot be opened', async () => {
    await withSandboxGround({ file: '' }, async (ground) => {
      const readiness = await probeSandbox({ ...ground.options, workDir: join(ground.tree, 'file', 'below') });
      expect(readiness).toMatchObject({
        ready: false,
        attacks: [{ name: 'runs a command', held: false, detail: expect.stringContaining('ENOTDIR') }],
      });
    });
  });
});

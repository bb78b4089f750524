import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeProgramCaller } from '../../src/delivery/command/call-program.ts';
import { makeCommandDeployer } from '../../src/delivery/command/make-command-deployer.ts';
import type { Deployer } from '../../src/delivery/routed/deployer.ts';
import type { Artifact } from '../../src/delivery/target.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { packageRoot } from '../../src/package-root.ts';
import { eventually } from './eventually.ts';

const SLOTS = ['production', 'canary', 'staging', 'base'] as const;
type Slot = (typeof SLOTS)[number];

export interface FakeVm {
  /** examples/delivery/plain-vm.mjs, over ssh, rsync and systemctl that answer as the real ones and act on this machine. */
  readonly deployer: Deployer;
  /** The same as one program, for a configuration: it needs no variable. */
  readonly program: string;
  readonly ports: Readonly<Record<Slot, number>>;
  /** kill -9 of a slot's process; nothing starts it again. */
  kill(slot: Slot): void;
  /** All that ssh and rsync were asked to do. */
  calls(): string;
  close(): Promise<void>;
}

/** A shell that runs what is sent to it, as sshd would, and writes it down. */
const SSH = `#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
echo "ssh $1" >>"$FAKE_VM/calls"; shift
tee -a "$FAKE_VM/calls" | "$@"
`;
const RSYNC = `#!/bin/sh
echo "rsync $*" >>"$FAKE_VM/calls"
mkdir -p "\${4#*:}" && cp -a "$3." "\${4#*:}"
`;
/** Knows is-active, restart and stop of shop@<slot>; the processes belong to nobody's group, as units do. */
const SYSTEMCTL = `#!/bin/sh
verb=$1; shift; [ "$1" = --quiet ] && shift
slot=\${1#shop@}; pid=$(cat "$FAKE_VM/$slot.pid" 2>/dev/null)
alive() { [ -n "$pid" ] && [ "$(cat /proc/$pid/comm 2>/dev/null)" = node ]; }
stop() { if alive; then kill -KILL "$pid"; while alive; do sleep 0.02; done; fi; }
case $verb in
  is-active) alive ;;
  stop) stop ;;
  restart)
    stop; . "$FAKE_VM/$slot.env"; cd "$FAKE_VM/$slot/." || exit 1
    PORT=$PORT SLOT=$slot setsid "$NODE" server.mjs </dev/null >/dev/null 2>&1 &
    pid=$!; echo $pid >"$FAKE_VM/$slot.pid"
    # A unit is active once its program was started, not only forked.
    tries=0; while ! alive && [ $tries -lt 500 ]; do tries=$((tries + 1)); sleep 0.02; done ;;
  *) exit 1 ;;
esac
`;

/** A VM with production running. */
export async function startFakeVm(directory: string, production: Artifact): Promise<FakeVm> {
  const base = join(directory, 'vm');
  const bin = join(directory, 'vm-bin');
  for (const path of [base, bin]) mkdirSync(path);
  for (const [name, text] of Object.entries({ ssh: SSH, rsync: RSYNC, systemctl: SYSTEMCTL })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const ports = {
    production: await takeFreePort(),
    canary: await takeFreePort(),
    staging: await takeFreePort(),
    base: await takeFreePort(),
  };
  for (const slot of SLOTS) writeFileSync(join(base, `${slot}.env`), `PORT=${ports[slot]}\n`);
  const listed = SLOTS.map((slot) => ports[slot]).join(',');
  const file = join(packageRoot, 'examples/delivery/plain-vm.mjs');
  const program = {
    command: [process.execPath, file, '--host', 'deploy@vm', '--base', base, '--unit', 'shop', '--ports', listed],
    timeoutMs: 30_000,
    environment: { FAKE_VM: base, NODE: process.execPath, PATH: `${bin}:/usr/bin:/bin` },
  };
  const script = join(bin, 'deploy');
  const variables = Object.entries(program.environment).map(([name, value]) => `${name}='${value}'`);
  const words = program.command.map((word) => `'${word}'`);
  writeFileSync(script, `#!/bin/sh\nexec env ${[...variables, ...words].join(' ')}\n`, { mode: 0o755 });
  const call = makeProgramCaller(program, 'shop', 'TARGET_UNREACHABLE');
  const deployer = makeCommandDeployer(call);
  const signal = new AbortController().signal;
  const kill = (slot: Slot): void => {
    const path = join(base, `${slot}.pid`);
    if (!existsSync(path)) return;
    const pid = Number(readFileSync(path, 'utf8'));
    if (readComm(pid) === 'node') process.kill(pid, 'SIGKILL');
  };
  const { digest: version } = production;
  const effect = { id: 'first', fence: '0' };
  await call(
    'deploy',
    { environment: 'production', version, directory: production.directory, effect, receipt_seq: '0' },
    signal,
  );
  await eventually('production of the VM is up', async () => (await deployer.health('production', signal)).up);
  return {
    deployer,
    program: script,
    ports,
    kill,
    calls: () => readFileSync(join(base, 'calls'), 'utf8'),
    async close() {
      for (const slot of SLOTS) kill(slot);
    },
  };
}

function readComm(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

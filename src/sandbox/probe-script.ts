/** What an attacker inside would look at; each answer is judged outside, in probe-attacks.ts. */
export interface InsideFindings {
  readonly environment: readonly string[];
  readonly connected: readonly string[];
  readonly read: readonly string[];
  readonly wrote: readonly string[];
  readonly processes: number;
  readonly descriptors: readonly string[];
  readonly status: string;
  readonly nestedUserns: boolean;
}

/** Starts the script; Node closes inherited descriptors below 17 for its children, so a shell lists them first. */
export const INSIDE_COMMAND = ['sh', '-c', 'ls /proc/self/fd >/tmp/descriptors; exec node attack.mjs'];

/** Runs inside the sandbox under its Node; reads attack.json, prints {@link InsideFindings} as JSON. */
export const INSIDE_SCRIPT = `
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
const attack = JSON.parse(fs.readFileSync('attack.json', 'utf8'));
const succeeds = (act) => { try { act(); return true; } catch { return false; } };
const connects = (to) => new Promise((resolve) => {
  const socket = net.connect(to);
  socket.setTimeout(1000, () => { socket.destroy(); resolve(false); });
  socket.once('connect', () => { socket.destroy(); resolve(true); });
  socket.once('error', () => resolve(false));
});
const connected = [];
await Promise.all(attack.connect.map(async (to) => { if (await connects(to)) connected.push(JSON.stringify(to)); }));
const pids = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
const environment = new Set(Object.keys(process.env));
for (const pid of pids) {
  try { for (const pair of fs.readFileSync('/proc/' + pid + '/environ', 'latin1').split('\\0')) if (pair) environment.add(pair.split('=')[0]); } catch {}
}
console.log(JSON.stringify({
  environment: [...environment],
  connected,
  read: attack.read.filter((path) => succeeds(() => (fs.statSync(path).isDirectory() ? fs.readdirSync(path) : fs.readFileSync(path)))),
  wrote: attack.write.filter((path) => succeeds(() => fs.writeFileSync(path, 'x'))),
  processes: pids.length,
  descriptors: fs.readFileSync('/tmp/descriptors', 'utf8').trim().split('\\n'),
  status: fs.readFileSync('/proc/self/status', 'utf8'),
  nestedUserns: succeeds(() => execFileSync('/usr/bin/unshare', ['-U', '/bin/true'], { stdio: 'ignore' })),
}));
`;

import { expect, it } from 'vitest';
import type { CliIo } from '../../src/cli/cli-io.ts';
import { runDemo } from '../../src/demo/run-demo.ts';

/** The terminal of a demo, kept as text. */
function makeIo() {
  const printed: string[] = [];
  const io: CliIo = {
    out: (text) => void printed.push(text),
    err: (text) => void printed.push(text),
    live: false,
    color: false,
    setExitCode: () => undefined,
    interrupted: () => new AbortController().signal,
  };
  return { io, printed };
}

/** Moments at which a replica dies, each between an intent and what follows from it. */
it.each([
  { replica: 'worker-1', event: 'sandbox_run.intended' },
  { replica: 'worker-2', event: 'canary_tick' },
])('ends in the same four outcomes when $replica is killed at $event', async ({ replica, event }) => {
  const { io, printed } = makeIo();
  let killed = false;
  const ok = await runDemo(io, {
    keep: false,
    onEntry(demo, _pr, seen) {
      const victim = demo.processes.find(({ name }) => name === replica);
      if (killed || seen !== event || victim === undefined) return;
      killed = true;
      process.kill(victim.pid, 'SIGKILL');
    },
  });
  expect(killed).toBe(true);
  expect(ok, printed.join('')).toBe(true);
});

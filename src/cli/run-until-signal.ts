import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';

/**
 * Keeps a started part running until SIGINT or SIGTERM, or until it is lost; then closes it within the grace period.
 * A second signal ends the process at once.
 */
export async function runUntilSignal(
  io: CliIo,
  running: { close(): Promise<void> },
  graceS: number,
  lost: Promise<string> = new Promise(() => {}),
): Promise<void> {
  const signal = io.interrupted();
  const reason = await Promise.race([
    lost,
    new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null), { once: true });
    }),
  ]);
  if (reason !== null) {
    io.err(`error: ${reason}\n`);
    io.setExitCode(EXIT.error);
  }
  const late = setTimeout(() => {
    io.err(`error: not closed within ${graceS} s, leaving\n`);
    process.exit(EXIT.error);
  }, graceS * 1000);
  await running.close();
  clearTimeout(late);
}

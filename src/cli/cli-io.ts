import { readTerminalSettings } from '../config/read-client-settings.ts';

/** The terminal, or what stands for it in a test. Data goes to `out`, everything else to `err`. */
export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a line on `err` may be redrawn. */
  readonly live: boolean;
  readonly color: boolean;
  /** What the process will exit with. The last call wins; 0 without one. */
  readonly setExitCode: (code: number) => void;
  /** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly interrupted: () => AbortSignal;
}

export function makeCliIo(process: NodeJS.Process, setExitCode: (code: number) => void): CliIo {
  const { color, live } = readTerminalSettings();
  const isTty = process.stderr.isTTY === true;
  let controller: AbortController | undefined;
  // A reader that went away (`| head`) is no error of ours, and there is no one left to tell.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    live: isTty && live,
    color: isTty && color,
    setExitCode,
    interrupted() {
      if (controller === undefined) {
        const made = new AbortController();
        controller = made;
        process.once('SIGINT', () => made.abort());
        process.once('SIGTERM', () => made.abort());
      }
      return controller.signal;
    },
  };
}

import type { CliIo } from './cli-io.ts';

const EVERY = 1_000;

/**
 * Says how far a command is that looks at many runs: a line for each thousand, or one that is redrawn. Nothing where there are
 * few: then it is over before somebody wonders.
 */
export function makeRunCount(io: Pick<CliIo, 'err' | 'live'>, all: number) {
  let seen = 0;
  const clear = io.live ? '\r\u001b[K' : '';
  return {
    add(): void {
      seen += 1;
      if (all >= EVERY && seen % EVERY === 0) io.err(`${clear}${seen} of ${all} runs read${io.live ? '' : '\n'}`);
    },
    end: () => io.err(all >= EVERY ? clear : ''),
  };
}

import type { FollowedRun } from './api-client.ts';
import type { CliIo } from './cli-io.ts';
import type { Progress } from './follow-run.ts';
import { describeState } from './format-run.ts';
import { printable, shorten } from './printable.ts';

/** `12:03:04  review    review.complete     automated  no finding …`, one line whatever the text holds. */
export function progressLine(progress: Progress): string {
  const time = /T(\d\d:\d\d:\d\d)/.exec(progress.at)?.[1] ?? '--:--:--';
  const words = [
    time,
    printable(progress.stage).padEnd(8),
    printable(progress.event).padEnd(18),
    printable(progress.outcome).padEnd(10),
  ];
  return `${words.join('  ')}  ${shorten(printable(progress.rationale), 160)}`.trimEnd();
}

export interface ProgressView {
  readonly step: (progress: Progress) => void;
  readonly state: (state: FollowedRun) => void;
  readonly trouble: (message: string) => void;
  /** Removes the live line. */
  readonly end: () => void;
}

/** Steps as lines on `write`; on a terminal the present state stands below them as a line that is redrawn. */
export function makeProgressView(io: CliIo, write: (line: string) => void): ProgressView {
  let live = '';
  let lastTrouble = '';
  const clear = () => {
    if (live !== '') io.err('\r\u001b[K');
    live = '';
  };
  const redraw = (text: string) => {
    if (!io.live || text === live) return;
    clear();
    io.err(text);
    live = text;
  };
  return {
    step(progress) {
      const after = live;
      clear();
      write(`${progressLine(progress)}\n`);
      redraw(after);
    },
    state({ run }) {
      lastTrouble = '';
      const waits = describeState(run);
      redraw(shorten(`… ${printable(`${run.stage}: ${waits}`)}`, 79));
    },
    trouble(message) {
      if (message === lastTrouble) return;
      lastTrouble = message;
      clear();
      io.err(`${printable(message)}; trying again\n`);
    },
    end: clear,
  };
}

import type { Logger } from '../../log.ts';
import { type BaselineHistory, makeBaselineHistory, StoredHistory } from './baseline-history.ts';
import { readDurable, writeDurably } from './durable-file.ts';

const SAVE_EVERY_MS = 10_000;

/** A service's past in a file, saved every few seconds and at the end. A kill costs at most what came since. */
export interface KeptBaseline {
  readonly history: BaselineHistory;
  close(): void;
}

export function keepBaseline(path: string, edges: readonly number[], log: Logger): KeptBaseline {
  const history = makeBaselineHistory(edges, readDurable(path, StoredHistory));
  const save = () => {
    try {
      writeDurably(path, history.store());
    } catch (error) {
      log.warn({ err: error }, 'the baseline could not be saved');
    }
  };
  const saving = setInterval(save, SAVE_EVERY_MS);
  saving.unref();
  return {
    history,
    close() {
      clearInterval(saving);
      save();
    },
  };
}

import { parentPort, workerData } from 'node:worker_threads';
import type { ReadText } from './facts/change-context.ts';
import { inspectChange } from './inspect.ts';
import { type FromThread, type Side, ThreadRequest, ToThread } from './thread-messages.ts';

/** The other side of `inspect-in-thread.ts`: inspects one change and asks the main thread for what the repository holds. */
async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const { readsBase, readsHead, listsBase, ...request } = ThreadRequest.parse(workerData);
  const waiting = new Map<number, (answer: ToThread) => void>();
  let asked = 0;
  const send = (message: FromThread) => port.postMessage(message);

  port.on('message', (message: unknown) => {
    const answer = ToThread.parse(message);
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });

  function ask(side: Side, path: string): Promise<ToThread> {
    asked += 1;
    const id = asked;
    const answered = new Promise<ToThread>((resolve) => waiting.set(id, resolve));
    send({ kind: 'read', id, side, path });
    return answered;
  }

  const reader =
    (side: Side): ReadText =>
    async (path) =>
      (await ask(side, path)).text;

  const inspection = await inspectChange({
    ...request,
    ...(readsBase ? { readBase: reader('base') } : {}),
    ...(readsHead ? { readHead: reader('head') } : {}),
    ...(listsBase ? { listBase: async () => [...(await ask('list', '')).paths] } : {}),
  });
  send({ kind: 'done', inspection });
  port.close();
}

if (parentPort !== null) await serve(parentPort);

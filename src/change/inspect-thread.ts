import { parentPort } from 'node:worker_threads';
import type { ReadText } from './facts/change-context.ts';
import { inspectChange } from './inspect.ts';
import { type FromThread, type Side, type ThreadAnswer, type ThreadRequest, ToThread } from './thread-messages.ts';

/**
 * The other side of `inspect-in-thread.ts`: inspects one change after the other, and asks the main thread for what the
 * repository holds. An error ends the thread; the other side then tells it.
 */
function serve(port: NonNullable<typeof parentPort>): void {
  const waiting = new Map<number, (answer: ThreadAnswer) => void>();
  let asked = 0;
  const send = (message: FromThread) => port.postMessage(message);

  port.on('message', (raw: unknown) => {
    const message = ToThread.parse(raw);
    if (message.kind === 'inspect') return void inspect(message);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });

  function ask(side: Side, path: string): Promise<ThreadAnswer> {
    asked += 1;
    const id = asked;
    const answered = new Promise<ThreadAnswer>((resolve) => waiting.set(id, resolve));
    send({ kind: 'read', id, side, path });
    return answered;
  }

  const reader =
    (side: Side): ReadText =>
    async (path) =>
      (await ask(side, path)).text;

  async function inspect({ kind: _kind, readsBase, readsHead, listsBase, ...request }: ThreadRequest): Promise<void> {
    const inspection = await inspectChange({
      ...request,
      ...(readsBase ? { readBase: reader('base') } : {}),
      ...(readsHead ? { readHead: reader('head') } : {}),
      ...(listsBase ? { listBase: async () => [...(await ask('list', '')).paths] } : {}),
    });
    send({ kind: 'done', inspection });
  }
}

if (parentPort !== null) serve(parentPort);

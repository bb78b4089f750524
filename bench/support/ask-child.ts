import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Sends a question to a process of the bench; what it says to that. */
export function askChild(child: ChildProcess, question: object | string): Promise<unknown> {
  const answered = hearChild(child);
  child.send(question);
  return answered;
}

/** The next thing a process says; an error when it ends instead. Nothing goes on listening: a process is asked often. */
export async function hearChild(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const ended = once(child, 'exit', over).then(([code]) =>
    Promise.reject(new Error(`a process of the bench ended with ${code}`)),
  );
  ended.catch(() => {});
  try {
    const [message] = await Promise.race([once(child, 'message', over), ended]);
    return message;
  } finally {
    over.abort();
  }
}

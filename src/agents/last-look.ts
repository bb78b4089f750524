import type { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';

/**
 * Sends as `agent` does, but asks `look` when the connection stands and the first part of the body is at hand: head and body are
 * written next, in the same turn. What `look` throws fails the request, of which nothing has left then. It must not wait for
 * anything: a process that is stopped while it waits would write on waking what it may not write any more.
 */
export function withLastLook(agent: Agent, look: () => void): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => {
    const body = lookFirst(partsOf(options.body), look);
    // The dispatcher of fetch takes any iterable; its types do not say so.
    return dispatch({ ...options, body: body as unknown as Readable }, handler);
  });
}

/** By hand and not by `for await`, which would first wait for the rest to be given up when `look` throws. */
async function* lookFirst(parts: AsyncIterable<unknown>, look: () => void): AsyncGenerator {
  const rest = parts[Symbol.asyncIterator]();
  const first = await rest.next();
  look();
  if (first.done === true) return;
  yield first.value;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** fetch hands over what it is given as an iterable; without a body nothing would be looked at. */
function partsOf(body: unknown): AsyncIterable<unknown> {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) return body as AsyncIterable<unknown>;
  throw new TypeError('a request without a body has no last look');
}

import type { Agent, Dispatcher } from 'undici';

/**
 * Sends as `agent` does, but asks `look` in the turn in which a request is written, when its connection stands. What
 * `look` throws fails the request, of which nothing has left then. It must not wait for anything: a process that is
 * stopped while it waits would write on waking what it may not write any more.
 */
export function withLastLook(agent: Agent, look: () => void): Dispatcher {
  return agent.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(controller, context) {
          look();
          handler.onRequestStart?.(controller, context);
        },
        onResponseStart: (...head) => handler.onResponseStart?.(...head),
        onResponseData: (...chunk) => handler.onResponseData?.(...chunk),
        onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
        onResponseError: (...error) => handler.onResponseError?.(...error),
      }),
  );
}

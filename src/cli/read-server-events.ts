/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

const MAX_BUFFER = 4_000_000;

/**
 * The events of a `text/event-stream` body, however it is cut into chunks. Follows the parsing rules of the HTML standard
 * ("Interpreting an event stream"): CR, LF and CRLF end a line, comments and unknown fields are skipped, an event that the
 * stream does not finish is dropped.
 */
export async function* readServerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    if (buffer.length > MAX_BUFFER) throw new Error('the event stream sends a line without end');
    for (;;) {
      // A CR at the very end may be the first half of CRLF: wait for what follows.
      const match = /\r\n|\n|\r(?!$)/.exec(buffer);
      if (match === null) break;
      const line = buffer.slice(0, match.index);
      buffer = buffer.slice(match.index + match[0].length);
      if (line === '') {
        if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'id' && !value.includes('\0')) id = value;
      if (field === 'event') event = value;
      if (field === 'data') data.push(value);
    }
  }
}

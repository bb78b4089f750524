import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** Of one connection only, never passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
];

const SERVED_BY = 'x-served-by';

/** What the service is sent: the client's own headers, plus where the request came from. */
export function readRequestHeaders(incoming: IncomingMessage): OutgoingHttpHeaders {
  const headers = copyEndToEnd(incoming);
  const from = incoming.socket.remoteAddress ?? 'unknown';
  const before = incoming.headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before === undefined ? from : `${[before].flat().join(', ')}, ${from}`;
  headers['x-forwarded-proto'] = 'http';
  if (incoming.headers.host !== undefined) headers['x-forwarded-host'] = incoming.headers.host;
  // The length of a chunked body is not known, so it stays chunked on the next connection.
  if (incoming.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

export function readResponseHeaders(response: IncomingMessage, version: string): OutgoingHttpHeaders {
  return { ...copyEndToEnd(response), [SERVED_BY]: version };
}

function copyEndToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const named = (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  const entries = Object.entries(message.headers).filter(([name]) => !dropped.has(name));
  return Object.fromEntries(entries);
}

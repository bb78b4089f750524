/** A version of the measured service: what it does to requests, from its own file. */
export interface Behaviour {
  readonly name: string;
  /** Share of requests that fail, 0–1. */
  readonly errors?: number;
  /** As a canary it never says that it is well; staged it does. */
  readonly sickCanary?: boolean;
}

/** The edge of its histogram that the thresholds need, ms: so high that no busy machine makes a version slow. */
export const SERVICE_EDGE_MS = 30_000;

/**
 * A service that counts itself, as Prometheus reads it. Under `/_` it does as a test says: `/_errors?share=0.2` fails from
 * now on, `/_restart` begins all counters anew with a new start time, as a supervisor's quick restart does, `/_sick` makes
 * its health check fail, and `/_first-error` says when its first request failed.
 */
const SERVER = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const behaviour = JSON.parse(readFileSync('behaviour.json', 'utf8'));
const EDGES = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 5, 30];
let { errors = 0 } = behaviour;
let sick = behaviour.sickCanary === true && process.env.SLOT === 'canary';
let started, codes, errorsTotal, buckets, sum;
let first = null;
const restart = () => { started = Date.now() / 1000; codes = {}; errorsTotal = 0; sum = 0; buckets = EDGES.map(() => 0).concat(0); };
restart();
function metrics() {
  const lines = ['process_start_time_seconds ' + started, 'http_errors_total ' + errorsTotal];
  let total = 0;
  for (const [key, n] of Object.entries(codes)) { const [route, code] = key.split(' '); lines.push('http_requests_total{route="' + route + '",code="' + code + '"} ' + n); }
  buckets.forEach((own, i) => { total += own; lines.push('http_request_duration_seconds_bucket{le="' + (EDGES[i] ?? '+Inf') + '"} ' + total); });
  lines.push('http_request_duration_seconds_count ' + total, 'http_request_duration_seconds_sum ' + sum);
  return lines.join('\\n') + '\\n';
}
const server = createServer((request, response) => {
  const at = performance.now();
  const url = new URL(request.url, 'http://x');
  const send = (status, body) => { response.writeHead(status, { 'content-type': 'application/json' }); response.end(JSON.stringify(body)); };
  switch (url.pathname) {
    case '/healthz': return send(sick ? 500 : 200, {});
    case '/metrics': response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }); return response.end(metrics());
    case '/_errors': errors = Number(url.searchParams.get('share')); return send(200, {});
    case '/_first-error': return send(200, { first });
    case '/_restart': restart(); return send(200, {});
    case '/_sick': sick = true; return send(200, {});
  }
  const status = Math.random() < errors ? 503 : 200;
  if (status >= 500) first ??= Date.now();
  response.once('finish', () => {
    const s = (performance.now() - at) / 1000;
    const key = url.pathname + ' ' + status;
    codes[key] = (codes[key] ?? 0) + 1;
    if (status >= 500) errorsTotal += 1;
    const place = EDGES.findIndex((edge) => s <= edge);
    buckets[place < 0 ? EDGES.length : place] += 1;
    sum += s;
  });
  send(status, { name: behaviour.name });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

/** Its files, for a repository. */
export function serviceFiles(behaviour: Behaviour): Record<string, string> {
  return { 'server.mjs': SERVER, 'behaviour.json': `${JSON.stringify(behaviour)}\n` };
}

/** Tells a running version what to do from now on, and returns what it says. @throws when it does not answer. */
export async function tellService(port: number, what: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/_${what}`);
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  return response.json();
}

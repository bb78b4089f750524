import { type Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly latencyMs: number;
}

export interface HttpQuestion {
  readonly url: URL;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string | undefined;
  readonly agent: Agent | undefined;
  readonly timeoutMs: number;
  /** Of the answer's body that is kept; the rest is read away. */
  readonly keepBytes: number;
}

/** One plain HTTP request, redirects not followed, timed to the last byte. Rejects on a reset, a timeout or an abort. */
export function sendRequest(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, method, body, agent, timeoutMs, keepBytes } = question;
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const ofBody =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const headers = { ...ofBody, ...question.headers };
    const sent = request(url, { method, agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let kept = 0;
      response.on('data', (chunk: Buffer) => {
        if (kept < keepBytes) chunks.push(chunk.subarray(0, keepBytes - kept));
        kept += chunk.length;
      });
      response.once('error', fail);
      response.once('end', () => {
        clearTimeout(limit);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, body: text, latencyMs: performance.now() - startMs });
      });
    });
    // The socket's own timeout starts anew with each byte; this one does not.
    const limit = setTimeout(() => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    function fail(error: Error): void {
      clearTimeout(limit);
      reject(error);
    }
    sent.once('error', fail);
    sent.end(body);
  });
}

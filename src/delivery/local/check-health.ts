import { request } from 'node:http';

const LIMIT_MS = 1_500;

/** One health check: null when the answer is 2xx, otherwise what was wrong. Never throws. */
export function checkHealth(endpoint: { host: string; port: number }, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const check = request({ ...endpoint, path, agent: false, timeout: LIMIT_MS }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      resolve(status >= 200 && status < 300 ? null : `${path} answered ${status}`);
    });
    check.once('timeout', () => check.destroy(new Error(`${path} did not answer in ${LIMIT_MS} ms`)));
    check.once('error', (error) => resolve(error.message));
    check.end();
  });
}

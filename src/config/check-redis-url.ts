export type RedisUrlProblem = { readonly problem: string; readonly fix: string };

/**
 * A Redis that others can reach and that asks for no password runs any code its clients send (BullMQ needs scripting). So
 * off loopback a password is required, with or without an ACL user. The URL itself never appears in a message: it holds
 * the password.
 */
export function checkRedisUrl(text: string, allowInsecure: boolean): RedisUrlProblem | undefined {
  if (text.startsWith('/') && !text.startsWith('//')) return undefined;
  const url = parseUrl(text);
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol)) {
    return {
      problem: 'is not a Redis address',
      fix: 'redis://[user:password@]host:port[/db], rediss://… or /path/to/redis.sock',
    };
  }
  if (url.search !== '')
    return { problem: 'carries options after "?"', fix: 'only user, password, host, port and database' };
  if (url.hostname === '') return { problem: 'names no host', fix: 'redis://host:port' };
  if (isLoopback(url.hostname) || url.password !== '' || allowInsecure) return undefined;
  return {
    problem: 'is not on loopback and carries no password',
    fix: 'add the password or ACL user, redis://user:password@host:port; fleet.allow_insecure_redis: true only where the network itself is closed',
  };
}

/** True for names that cannot leave this machine. Anything unusual is treated as another machine. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (host === 'localhost' || host === '[::1]') return true;
  return /^127\.(?:25[0-5]|2[0-4]\d|1?\d?\d)\.(?:25[0-5]|2[0-4]\d|1?\d?\d)\.(?:25[0-5]|2[0-4]\d|1?\d?\d)$/.test(host);
}

export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

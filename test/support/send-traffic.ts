import { Agent, request } from 'node:http';
import { z } from 'zod';

const Named = z.object({ name: z.string() });

/**
 * The name of the version that answered; throws on a failed request. A connection that the balancer closed before it read the
 * request, as a reload does, is no failure of it: a GET is sent again, once, as RFC 9110 (9.2.2) allows every client.
 */
function askName(url: string, agent: Agent, again = true): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () => {
        const named = response.statusCode === 200 ? Named.safeParse(JSON.parse(text)) : undefined;
        if (named?.success === true) resolve(named.data.name);
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    sent.once('error', (error) => {
      const closed = 'code' in error && error.code === 'ECONNRESET';
      // A kept connection may have been closed long ago, however often that was met.
      if (closed && sent.reusedSocket) resolve(askName(url, agent, again));
      else if (closed && again) resolve(askName(url, agent, false));
      else reject(error);
    });
    sent.end();
  });
}

/** Which version answered each of `count` requests. */
export async function sendAll(url: string, count: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const names: string[] = [];
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      names.push(await askName(url, agent));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  agent.destroy();
  return names;
}

export interface Load {
  /** Answers by this version since the last `forget`. */
  count(name: string): number;
  failures(): number;
  /** Waits for what is in flight to be of no account, and counts anew. */
  forget(): void;
  /** Counts answers anew, and keeps the failures. */
  forgetNames(): void;
  end(): Promise<void>;
}

/** Requests without pause over a few kept connections, until `end`. */
export function keepSending(url: string): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  let generation = 0;
  let names = new Map<string, number>();
  let failed = 0;
  let ended = false;
  const work = async () => {
    while (!ended) {
      const own = generation;
      const name = await askName(url, agent).catch(() => null);
      if (own !== generation) continue;
      if (name === null) failed += 1;
      else names.set(name, (names.get(name) ?? 0) + 1);
    }
  };
  const working = Promise.all(Array.from({ length: 4 }, work));
  const forgetNames = (): void => {
    generation += 1;
    names = new Map();
  };
  return {
    count: (name) => names.get(name) ?? 0,
    failures: () => failed,
    forgetNames,
    forget() {
      forgetNames();
      failed = 0;
    },
    async end() {
      ended = true;
      await working;
      agent.destroy();
    },
  };
}

import { connect, createServer, type Socket } from 'node:net';

/** What a balancer is told about weights, heard on its socket: it knows neither who speaks nor why. */
export interface WeightLog {
  /** To be spoken to instead of the balancer's own. */
  readonly socket: string;
  /** Weights that this server was told since the log began, in order. */
  told(backend: string, server: string): number[];
  close(): Promise<void>;
}

/** Passes all that is said at `socket` on to a runtime socket of HAProxy, and back what it answers. */
export async function startWeightLog(behind: string, socket: string): Promise<WeightLog> {
  const heard: { server: string; weight: number }[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const balancer = connect(behind);
    for (const end of [client, balancer]) {
      open.add(end);
      end.once('close', () => open.delete(end));
      // Who is gone takes the other one along: nobody waits for an answer that does not come.
      end.once('error', () => [client, balancer].forEach((one) => void one.destroy()));
    }
    // What is said to a balancer that is not there was not told to it.
    const reached = new Promise<void>((resolve) => balancer.once('connect', resolve));
    client.on('data', (data) => {
      void reached.then(() => {
        for (const [, name = '', weight] of data.toString('utf8').matchAll(/set weight (\S+) (\d+)/g))
          heard.push({ server: name, weight: Number(weight) });
      });
    });
    client.pipe(balancer).pipe(client);
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  return {
    socket,
    told: (backend, name) => heard.flatMap((each) => (each.server === `${backend}/${name}` ? [each.weight] : [])),
    async close() {
      for (const end of open) end.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

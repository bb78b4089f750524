import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /**
   * From now on answers of the server are swallowed; what the client sends still arrives. A connection that lost one says
   * nothing ever again, as after a router that forgot it: no network takes bytes out of a stream and goes on behind them.
   */
  muteAnswers(): void;
  /** Connections that lost an answer so far. */
  silenced(): number;
  /** Answers pass again, on connections that lost none. */
  unmute(): void;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /** Takes new connections again. */
  mend(): void;
  close(): Promise<void>;
}

/** A proxy in front of a server on loopback, to lose its answers or its connections on command. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let muted = false;
  let silenced = 0;
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.end();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    let lostSome = false;
    upstream.on('data', (chunk) => {
      if (muted && !lostSome) {
        lostSome = true;
        silenced += 1;
      }
      if (!lostSome) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    muteAnswers: () => {
      muted = true;
    },
    silenced: () => silenced,
    unmute: () => {
      muted = false;
    },
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

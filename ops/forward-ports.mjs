// Opens ports of this network namespace that lead to ports of its loopback. The local delivery target listens on loopback
// alone, whatever its configuration says; this is the one place that lets its compose network in, port by port.
// Usage: node ops/forward-ports.mjs LISTEN=LOOPBACK...   e.g. 9481=9480 8000=8001
import { connect, createServer } from 'node:net';

const pairs = process.argv.slice(2).map((text) => /^(\d{1,5})=(\d{1,5})$/.exec(text)?.slice(1).map(Number));
if (pairs.length === 0 || pairs.some((pair) => pair === undefined || pair.some((port) => port < 1 || port > 65_535))) {
  process.stderr.write('usage: forward-ports.mjs LISTEN=LOOPBACK...\n');
  process.exit(2);
}

const sockets = new Set();
const servers = await Promise.all(
  pairs.map(async ([listen, loopback]) => {
    const server = createServer((outer) => {
      const inner = connect({ host: '127.0.0.1', port: loopback });
      for (const [one, other] of [
        [outer, inner],
        [inner, outer],
      ]) {
        sockets.add(one);
        one.setNoDelay(true);
        // One side gone, for whatever reason: the other has nobody left to talk to.
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(listen, resolve));
    process.stderr.write(`port ${listen} leads to 127.0.0.1:${loopback}\n`);
    return server;
  }),
);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  });
}

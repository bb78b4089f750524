import { createServer } from 'node:http';
import { respond } from './respond.js';

const server = createServer((request, response) => {
  let answer;
  try {
    answer = respond(request.method, request.url);
  } catch (error) {
    process.stderr.write(`${request.method} ${request.url}: ${error.message}\n`);
    answer = { status: 500, body: { error: 'something broke' } };
  }
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
});

server.keepAliveTimeout = 30_000;
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

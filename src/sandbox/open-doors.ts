import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { DOOR_SCRIPT, DOOR_SCRIPT_TEXT } from './door-script.ts';
import type { Door } from './sandbox.ts';

const MAX_CONNECTIONS = 256;

/**
 * The outer side of the doors of one sandbox: a unix socket for each, in a directory that holds nothing else, which leads to
 * the one address the door names. Closed, it leads nowhere, and what still went through is cut.
 */
export async function openDoors(directory: string, doors: readonly Door[]): Promise<{ close(): Promise<void> }> {
  await mkdir(directory, { mode: 0o755 });
  await chmod(directory, 0o755);
  await writeFile(join(directory, DOOR_SCRIPT), DOOR_SCRIPT_TEXT, { mode: 0o644 });
  await chmod(join(directory, DOOR_SCRIPT), 0o644);
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    for (const door of doors) servers.push(await openDoor(join(directory, `${door.port}.sock`), door, sockets));
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDoor(path: string, { to }: Door, sockets: Set<Socket>): Promise<Server> {
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = keep(connect({ ...to, allowHalfOpen: true }));
    const drop = (): void => {
      inner.destroy();
      outer.destroy();
    };
    keep(inner).on('error', drop);
    outer.on('error', drop);
    inner.pipe(outer).pipe(inner);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // What is inside runs under another uid; only the sandbox that gets this directory sees it.
  await chmod(path, 0o666);
  return server;
}

import type { Server } from 'node:http';
import type { z } from 'zod';
import type { Logger } from '../../log.ts';
import { openProcessLedger } from './process-ledger.ts';
import { ServiceHost } from './service-host.ts';
import { LocalTargetSettings } from './settings.ts';
import { createTargetApi } from './target-api.ts';

export interface LocalTarget {
  /** Of the API. */
  readonly url: string;
  /** Ends every version and frees every port. */
  close(): Promise<void>;
}

/**
 * The local delivery target. It runs in a process of its own: what it deploys belongs to no worker and outlives them all.
 * @throws when the directory belongs to another target, a port is taken or the stored state cannot be read.
 */
export async function startLocalTarget(input: z.input<typeof LocalTargetSettings>, log: Logger): Promise<LocalTarget> {
  const settings = LocalTargetSettings.parse(input);
  const { host, dataDir } = settings;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.toReversed()) {
      await Promise.resolve(closer()).catch((error: unknown) =>
        log.error({ err: error }, 'the local target could not close a part'),
      );
    }
  };
  try {
    const ledger = openProcessLedger(dataDir, log);
    closers.push(() => ledger.close());
    const services = new Map<string, ServiceHost>();
    for (const service of settings.services) {
      const opened = await ServiceHost.open({ service, host, dataDir, ledger, log });
      closers.push(() => opened.close());
      services.set(service.name, opened);
    }
    const api = createTargetApi({ token: settings.token, services, log });
    const port = await listen(api, host, settings.port);
    closers.push(() => closeServer(api));
    const url = `http://${host}:${port}`;
    log.info({ url, services: [...services.keys()] }, 'local target listens');
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error('listening on no port'));
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 2_000);
  await closed;
  clearTimeout(cut);
}

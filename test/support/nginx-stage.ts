import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EffectLedger } from '../../src/delivery/effect-ledger.ts';
import { guardTarget } from '../../src/delivery/guard-target.ts';
import { makeNginxRouter } from '../../src/delivery/nginx/make-nginx-router.ts';
import { renderSplitFile } from '../../src/delivery/nginx/split-file.ts';
import { makeRoutedTarget } from '../../src/delivery/routed/make-routed-target.ts';
import type { DeliveryTarget } from '../../src/delivery/target.ts';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { withDirectory } from './delivery-room.ts';
import { eventually } from './eventually.ts';
import { type FakeVm, startFakeVm } from './fake-vm.ts';
import { makeArtifact } from './local-target.ts';
import { type StartedProgram, startProgram } from './start-program.ts';

export interface NginxStage {
  readonly directory: string;
  readonly target: DeliveryTarget;
  readonly production: Awaited<ReturnType<typeof makeArtifact>>;
  readonly publicUrl: string;
  readonly splitFile: string;
  readonly vm: FakeVm;
  readonly nginx: StartedProgram;
  /** The file that is not Slipway's. */
  readonly file: string;
}

/** The file of docs/delivery.md. */
function renderFile(
  directory: string,
  ports: { front: number; production: number; canary: number },
  splitFile: string,
) {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${directory}/${kind};`,
  );
  return `
daemon off;
worker_processes 2;
user root;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 256; }
http {
  access_log off;
${temp.join('\n')}
  include ${splitFile};
  upstream shop_production { server 127.0.0.1:${ports.production}; keepalive 8; }
  upstream shop_canary { server 127.0.0.1:${ports.canary}; keepalive 8; }
  server {
    listen 127.0.0.1:${ports.front};
    location = /.slipway/shop {
      allow 127.0.0.1;
      deny all;
      default_type text/plain;
      return 200 $slipway_shop_state;
    }
    location / {
      proxy_pass http://shop_$slipway_shop_arm;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;
}

/** A real nginx in front of the VM of the plain-vm example, which runs production. Everything is ended afterwards. */
export function withNginx(ledger: EffectLedger, work: (stage: NginxStage) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const production = await makeArtifact(directory, 'production');
    const vm = await startFakeVm(directory, production);
    const ports = { front: await takeFreePort(), production: vm.ports.production, canary: vm.ports.canary };
    const splitFile = join(directory, 'split.conf');
    const file = join(directory, 'nginx.conf');
    writeFileSync(splitFile, renderSplitFile('shop', 0).text);
    writeFileSync(file, renderFile(directory, ports, splitFile));
    const nginx = startProgram(['nginx', '-e', join(directory, 'error.log'), '-c', file]);
    const publicUrl = `http://127.0.0.1:${ports.front}`;
    const reload = {
      command: ['nginx', '-e', join(directory, 'error.log'), '-c', file, '-s', 'reload'],
      timeoutMs: 10_000,
      environment: {},
    };
    const router = makeNginxRouter({
      service: 'shop',
      splitFile,
      reload,
      probeUrl: new URL('/.slipway/shop', publicUrl),
    });
    const routed = makeRoutedTarget({
      deployer: vm.deployer,
      router,
      publicEndpoint: publicUrl,
      healthDeadlineMs: 20_000,
      drainMs: 500,
    });
    const target = guardTarget(routed, 'shop', ledger);
    const signal = new AbortController().signal;
    try {
      await eventually('nginx answers', () =>
        router.getWeight(signal).then(
          () => true,
          () => false,
        ),
      );
      await work({ directory, target, production, publicUrl, splitFile, vm, nginx, file });
    } finally {
      await nginx.end();
      await vm.close();
    }
  });
}

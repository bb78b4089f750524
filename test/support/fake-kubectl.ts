import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Digest } from '../../src/ids.ts';
import { digestOf } from '../../src/ids.ts';

const TOOL = fileURLToPath(new URL('./fake-tools/kubectl.mjs', import.meta.url));

interface FakeMetadata {
  generation: number;
  annotations: Record<string, string>;
}

export interface FakeKubectl {
  /** For the environment of the program that calls it. */
  readonly environment: Record<string, string>;
  /** Every call, without namespace and output. */
  calls(): string[][];
  change(edit: (state: { objects: Record<string, { metadata: FakeMetadata }> }) => void): void;
}

function deployment(replicas: number, version: Digest) {
  return {
    metadata: { generation: 1, annotations: { 'slipway.dev/version': version } },
    spec: {
      replicas,
      template: { spec: { containers: [{ name: 'app', image: `registry.example.com/shop:${version}` }] } },
    },
    status: { observedGeneration: 1, updatedReplicas: replicas, availableReplicas: replicas },
  };
}

/** A kubectl on a PATH of its own, over a cluster that already runs `production`. */
export function makeFakeKubectl(directory: string, production: Digest): FakeKubectl {
  const file = join(directory, 'cluster.json');
  const none = digestOf('none');
  const accepted = { type: 'Accepted', status: 'True', observedGeneration: 1 };
  const rollout = {
    metadata: { annotations: {} },
    spec: deployment(1, production).spec,
    status: { currentPodHash: production.slice(0, 10), stableRS: production.slice(0, 10), phase: 'Healthy' },
  };
  const state = {
    calls: [],
    unhealthy: [digestOf('unhealthy')],
    objects: {
      'deployment/shop-production': deployment(3, production),
      'deployment/shop-canary': deployment(0, none),
      'deployment/shop-staging': deployment(0, none),
      'deployment/shop-base': deployment(0, none),
      'rollout/shop': rollout,
      'httproute/shop': {
        metadata: { generation: 1, resourceVersion: '7', annotations: { team: 'shop' } },
        spec: {
          rules: [
            {
              backendRefs: [
                { name: 'shop-production', weight: 1 },
                { name: 'shop-canary', weight: 0 },
              ],
            },
          ],
        },
        status: { parents: [{ conditions: [accepted] }] },
      },
    },
  };
  writeFileSync(file, JSON.stringify(state));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec '${process.execPath}' '${TOOL}' "$@"\n`);
  chmodSync(join(bin, 'kubectl'), 0o755);
  return {
    environment: { FAKE_KUBECTL_STATE: file, PATH: `${bin}:/usr/bin:/bin` },
    calls: () => JSON.parse(readFileSync(file, 'utf8')).calls.map((call: string[]) => call.slice(2)),
    change(edit) {
      const now = JSON.parse(readFileSync(file, 'utf8'));
      edit(now);
      writeFileSync(file, JSON.stringify(now));
    },
  };
}

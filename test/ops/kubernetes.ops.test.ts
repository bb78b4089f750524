import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/read-config.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { packageRoot } from '../../src/package-root.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';

const directory = join(packageRoot, 'ops/kubernetes');
const Labels = z.record(z.string(), z.string());
const Probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const Container = z.looseObject({
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })).default([]),
  livenessProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
    capabilities: z.object({ drop: z.array(z.string()) }),
  }),
  resources: z.looseObject({ limits: z.looseObject({ memory: z.string() }) }),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});
const Pod = z.looseObject({
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.int().optional(),
  securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.literal(1000) }),
  containers: z.array(Container).length(1),
  volumes: z.array(z.looseObject({ name: z.string() })),
});
const Workload = z.looseObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'Job']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.int().optional(),
    selector: z.object({ matchLabels: Labels }).optional(),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.object({ name: z.string() }) })).default([]),
    template: z.object({ metadata: z.object({ labels: Labels }), spec: Pod }),
  }),
});
const Any = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}).optional(),
});
const ScaledObject = z.looseObject({
  spec: z.looseObject({
    scaleTargetRef: z.object({ name: z.string() }),
    triggers: z.array(
      z.object({
        type: z.literal('prometheus'),
        metadata: z.looseObject({ query: z.string(), threshold: z.string() }),
      }),
    ),
  }),
});

const kustomization = z
  .looseObject({ resources: z.array(z.string()), images: z.array(z.looseObject({ name: z.string() })) })
  .parse(parse(readFileSync(join(directory, 'kustomization.yaml'), 'utf8')));
const documents = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readFileSync(join(directory, file), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join()}`);
    return Any.parse(document.toJS());
  }),
);
const ofKind = (kind: string) => documents.filter((document) => document.kind === kind);
const workloads = [...ofKind('Deployment'), ...ofKind('StatefulSet'), ...ofKind('Job')].map((document) =>
  Workload.parse(document),
);
const named = (name: string) => {
  const found = workloads.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  return found;
};
const containerOf = (name: string) => Container.parse(named(name).spec.template.spec.containers[0]);
const holds = (labels: z.infer<typeof Labels>, wanted: z.infer<typeof Labels>) =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);
const stagesOf = (args: readonly string[]) =>
  args.includes('--stages') ? (args[args.indexOf('--stages') + 1] ?? '').split(',') : [];

describe('the Kubernetes manifests', () => {
  it('are all listed, and name each thing once', () => {
    const files = readdirSync(directory).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
    expect(new Set(kustomization.resources)).toEqual(new Set(files));
    const names = documents.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(kustomization.images.map(({ name }) => name)).toEqual(['slipway']);
  });

  it('serve every queue, and test generation by the sandbox alone', () => {
    const served = ['worker', 'sandbox'].flatMap((name) =>
      stagesOf(containerOf(name).args).map((stage) => `${stage} ${name}`),
    );
    expect(served.map((line) => line.split(' ', 1).join('')).toSorted()).toEqual([...QUEUE_NAMES].toSorted());
    expect(served.filter((line) => line.endsWith(' sandbox'))).toEqual(['test-gen sandbox']);
  });

  it('start commands and options that exist', () => {
    for (const { spec } of workloads) {
      const [command = '', ...options] = Container.parse(spec.template.spec.containers[0]).args;
      const help = execFileSync(process.execPath, ['bin/slipway.js', command, '--help'], {
        cwd: packageRoot,
        encoding: 'utf8',
      });
      for (const option of options.filter((word) => word.startsWith('--'))) expect(help).toContain(`${option} <`);
    }
  });

  it('read a configuration that is one, with variables that Slipway reads and secrets that the README makes', () => {
    const config = z.looseObject({ data: z.object({ 'slipway.yaml': z.string() }) }).parse(ofKind('ConfigMap')[0]);
    const scratch = mkdtempSync(join(tmpdir(), 'slipway-kubernetes-'));
    try {
      const file = join(scratch, 'slipway.yaml');
      writeFileSync(file, config.data['slipway.yaml']);
      const read = readConfig({ file, env: { HOST: '0.0.0.0' } });
      expect(read.fleet).toMatchObject({ metrics_host: '0.0.0.0', worker_metrics_port: 9464 });
      for (const { metadata, spec } of workloads.filter(({ kind }) => kind !== 'Job'))
        expect(spec.template.spec.terminationGracePeriodSeconds, metadata.name).toBeGreaterThan(
          read.fleet.grace_period_s + 10,
        );
    } finally {
      rmSync(scratch, { recursive: true });
    }
    const known = new Map<string, boolean>(VARIABLES.map(({ name, secret }) => [name, secret]));
    const variables = workloads.flatMap(({ metadata }) => containerOf(metadata.name).env.map(({ name }) => name));
    expect(variables.filter((name) => known.get(name.replace(/_FILE$/, '')) !== name.endsWith('_FILE'))).toEqual([]);

    const made = new Map(
      [
        ...readFileSync(join(directory, 'README.md'), 'utf8').matchAll(
          /create secret generic (\S+)((?: --from-file=\S+)+)/g,
        ),
      ].map(([, name = '', files = '']) => [name, [...files.matchAll(/--from-file=(\S+)/g)].map((match) => match[1])]),
    );
    const text = workloads.map((workload) => JSON.stringify(workload.spec.template.spec.volumes)).join();
    const used = [...text.matchAll(/"(?:secretName|secret":\{"name)":"([\w-]+)"/g)].map((match) => match[1] ?? '');
    expect(new Set(used)).toEqual(new Set(made.keys()));
    for (const { metadata } of workloads)
      for (const { value } of containerOf(metadata.name).env.filter(({ name }) => name.endsWith('_FILE')))
        expect([...made.values()].flat(), value).toContain(value.split('/').at(-1));
  });

  it('give the sandbox the stores and a key that reads, nothing of the model or of delivery', () => {
    const text = JSON.stringify(named('sandbox').spec.template.spec.volumes);
    expect([...text.matchAll(/"secretName":"([\w-]+)"/g)].map((match) => match[1])).toEqual([
      'slipway-stores',
      'slipway-ssh-read',
    ]);
    expect(JSON.stringify(named('worker').spec.template.spec.volumes)).not.toContain('slipway-ssh-read');
  });

  it('give the signer its key and the record, and its key to nobody else', () => {
    const secretsOf = (name: string) => {
      const text = JSON.stringify(named(name).spec.template.spec.volumes);
      return [...text.matchAll(/"secretName":"([\w-]+)"/g)].map((match) => match[1]);
    };
    expect(secretsOf('signer')).toEqual(['slipway-stores', 'slipway-signer']);
    const holders = workloads.filter(({ metadata }) => secretsOf(metadata.name).includes('slipway-signer'));
    expect(holders.map(({ metadata }) => metadata.name)).toEqual(['signer']);
    expect(named('signer').spec).toMatchObject({ replicas: 1 });
  });

  it('select what they mean: deployments, services, budgets, policies, monitors, scalers', () => {
    for (const { metadata, spec } of workloads.filter(({ kind }) => kind !== 'Job'))
      expect(holds(spec.template.metadata.labels, spec.selector?.matchLabels ?? { none: '' }), metadata.name).toBe(
        true,
      );
    const Selecting = z.looseObject({ selector: z.unknown().optional(), podSelector: z.unknown().optional() });
    const Selector = z.union([z.object({ matchLabels: Labels.default({}) }).loose(), Labels]);
    for (const kind of ['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'PodMonitor']) {
      expect(ofKind(kind).length, kind).toBeGreaterThan(0);
      for (const { metadata, spec } of ofKind(kind)) {
        const { selector, podSelector } = Selecting.parse(spec);
        const parsed = Selector.parse(selector ?? podSelector);
        const wanted = Labels.parse('matchLabels' in parsed ? parsed.matchLabels : parsed);
        const selected = workloads.filter(({ spec: { template } }) => holds(template.metadata.labels, wanted));
        expect(selected.length, `${kind} ${metadata.name}`).toBeGreaterThan(0);
      }
    }
    for (const scaled of ofKind('ScaledObject').map((document) => ScaledObject.parse(document))) {
      const target = named(scaled.spec.scaleTargetRef.name);
      expect(target.spec.replicas, 'the autoscaler decides').toBeUndefined();
      const { args } = Container.parse(target.spec.template.spec.containers[0]);
      const stages = stagesOf(args);
      for (const { metadata } of scaled.spec.triggers) {
        expect(metadata.threshold).toBe(args[args.indexOf('--concurrency') + 1]);
        expect(metadata.query).toContain('state=~"waiting|prioritized|active"');
        expect(metadata.query).toContain(stages.includes('test-gen') ? 'queue="test-gen"' : 'queue!="test-gen"');
      }
    }
  });

  it('probe and scrape ports that are there, and harden every container', () => {
    for (const { kind, metadata, spec } of workloads) {
      const container = containerOf(metadata.name);
      const ports = container.ports.map(({ name }) => name);
      if (kind !== 'Job') {
        expect(ports).toContain(container.livenessProbe?.httpGet.port);
        expect(container.livenessProbe?.httpGet.path).toBe('/healthz');
        expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: ports[0] });
      }
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const claims = spec.volumeClaimTemplates.map((claim) => claim.metadata.name);
      const volumes = new Set([...spec.template.spec.volumes.map(({ name }) => name), ...claims]);
      expect(new Set(container.volumeMounts.map(({ name }) => name))).toEqual(volumes);
    }
    const profile = readFileSync(join(directory, 'sandbox.yaml'), 'utf8');
    expect(profile).toContain('ops/seccomp-bwrap.json');
  });
});

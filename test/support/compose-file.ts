import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';

const Words = z.array(z.string());

/** The parts of a service that tests act on; the rest is `docker-compose config`'s to check. */
const ComposeService = z.looseObject({
  image: z.string(),
  entrypoint: Words.optional(),
  command: Words.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: Words.default([]),
  volumes: Words.default([]),
  networks: Words.default([]),
  network_mode: z.string().optional(),
  security_opt: Words.default([]),
  cap_drop: Words.default([]),
  tmpfs: Words.default([]),
  ports: Words.default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  healthcheck: z.looseObject({ test: Words.optional(), disable: z.boolean().optional() }).optional(),
  mem_limit: z.string().optional(),
  read_only: z.boolean().default(false),
  container_name: z.string().optional(),
});
export type ComposeService = z.infer<typeof ComposeService>;

const ComposeFile = z.object({
  services: z.record(z.string(), ComposeService),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.unknown()),
});
export type ComposeFile = z.infer<typeof ComposeFile>;

/** docker-compose.yml with its anchors resolved and `${NAME:-default}` filled in from `env`. */
export function readCompose(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const text = readFileSync(join(packageRoot, 'docker-compose.yml'), 'utf8');
  const filled = text.replace(
    /\$\{(\w+)(?::-([^}]*))?\}/g,
    (_match, name: string, otherwise = '') => env[name] || otherwise,
  );
  return ComposeFile.parse(parse(filled, { merge: true }));
}

export interface CopyLine {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly destination: string;
}

/** The COPY lines of the Dockerfile by stage, in order. */
export function readCopies(): { stage: string; copy: CopyLine }[] {
  let stage = '';
  return readFileSync(join(packageRoot, 'Dockerfile'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const named = /^FROM \S+ AS (\S+)/.exec(line)?.[1];
      if (named !== undefined) stage = named;
      if (!line.startsWith('COPY ')) return [];
      const words = line.split(/\s+/).slice(1);
      const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : null;
      const paths = words.slice(from === null ? 0 : 1);
      return [{ stage, copy: { from, sources: paths.slice(0, -1), destination: paths.at(-1) ?? '' } }];
    });
}

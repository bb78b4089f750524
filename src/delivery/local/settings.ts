import { z } from 'zod';

const LocalService = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,38}$/),
  /** Starts the service, without a shell; it must listen on 127.0.0.1:$PORT. */
  command: z.array(z.string().min(1)).min(1),
  health_path: z.string().startsWith('/'),
  /** Where production traffic is served; 0 takes a free port and keeps it over restarts. */
  port: z.int().min(0).max(65535),
  /** thresholds.p99_latency_threshold_ms: the histogram gets an edge exactly there. */
  latency_edge_ms: z.number().positive(),
});
export type LocalService = z.infer<typeof LocalService>;

/** Settings of the local target process. */
export const LocalTargetSettings = z.strictObject({
  /** Loopback only: whoever reaches this API decides what production runs. */
  host: z.literal('127.0.0.1').default('127.0.0.1'),
  /** Of the API; 0 takes a free one. */
  port: z.int().min(0).max(65535).default(0),
  token: z.string().min(16, 'the token of the local target needs at least 16 characters'),
  /** A directory of its own; one target at a time. */
  dataDir: z.string().min(1),
  services: z.array(LocalService).refine((list) => new Set(list.map((s) => s.name)).size === list.length, {
    error: 'each service may stand here once',
  }),
});
export type LocalTargetSettings = z.infer<typeof LocalTargetSettings>;

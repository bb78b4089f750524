import type { Command } from 'commander';
import { resolveService } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { InputError } from '../errors.ts';
import { makeLogger } from '../log.ts';
import { openDelivery } from '../open-delivery.ts';
import { type Pulled, pullBaseline } from '../runs/pull-baseline.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';
import { type ConfigOption, fileOf, withDatabase, withStores } from './with-stores.ts';

interface PullOptions extends ConfigOption {
  readonly json?: boolean;
}

type Line = { readonly service: string } & (Pulled | { readonly kind: 'failed'; readonly detail: string });

export function registerBaselinePull(parent: Command, io: CliIo): void {
  parent
    .command('pull [service]')
    .summary('pull production’s baseline')
    .description(
      'Asks the metric source of a service, or of all, for production’s own figures of the hours like this one and keeps them for staging. Run it where the metric source can be reached. Exit 1 when one is refused or cannot be had.',
    )
    .option('--config <file>', 'the configuration (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action(async (only: string | undefined, options: PullOptions) => {
      const config = await withStores(readConfig(fileOf(options)));
      const names = only === undefined ? Object.keys(config.services) : [only];
      if (only !== undefined && config.services[only] === undefined)
        throw new InputError([{ field: 'service', problem: `${only} is not in the configuration` }]);
      const lines = await withDatabase(options, async (db) => {
        const delivery = openDelivery(config, db, makeLogger({ name: 'cli', level: 'error' }));
        const found: Line[] = [];
        for (const service of names) {
          const settings = resolveService(config, service)?.staging.baseline;
          if (settings === undefined) continue;
          const pull = async (): Promise<Line> => {
            const ports = { db, metrics: delivery.metrics(service), settings, now: () => new Date() };
            return { service, ...(await pullBaseline(ports, service, AbortSignal.timeout(120_000))) };
          };
          found.push(
            await pull().catch((error: unknown): Line => {
              return { service, kind: 'failed', detail: error instanceof Error ? error.message : 'unknown error' };
            }),
          );
        }
        return found;
      });
      if (lines.some(({ kind }) => kind !== 'pulled')) io.setExitCode(EXIT.error);
      if (options.json === true)
        return printJson(
          io,
          lines.map((line) => (line.kind === 'pulled' ? { ...line, body: undefined } : line)),
        );
      for (const line of lines) io.out(describe(line));
    });
}

function describe(line: Line): string {
  if (line.kind !== 'pulled') return printable(`${line.service}  ${line.kind}: ${line.detail}`);
  const { baseline, digest } = line;
  const ms = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} ms`);
  return printable(
    `${line.service}  ${baseline.requests} requests of ${baseline.days ?? 0} days, p50 ${ms(baseline.p50_ms)}, p95 ${ms(baseline.p95_ms)}, p99 ${ms(baseline.p99_ms)}, ` +
      `errors ${(baseline.error_rate * 100).toFixed(3)} %, ${baseline.window_from} to ${baseline.window_to}, sha256 ${digest}`,
  );
}

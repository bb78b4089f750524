import { type Command, InvalidArgumentError } from 'commander';
import { runTraffic } from '../demo/traffic.ts';
import { makeLogger } from '../log.ts';
import type { CliIo } from './cli-io.ts';

export function registerDemoTraffic(parent: Command, io: CliIo): void {
  parent
    .command('demo-traffic', { hidden: true })
    .summary('send steady traffic to a service')
    .requiredOption('--url <url>', 'where production answers')
    .requiredOption('--rps <n>', 'requests per second', parseRps)
    .action((options: { url: string; rps: number }) =>
      runTraffic({ ...options, log: makeLogger({ name: 'traffic', level: 'info' }) }, io.interrupted()),
    );
}

function parseRps(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 5_000)) throw new InvalidArgumentError('Must be a number from 1 to 5000.');
  return value;
}

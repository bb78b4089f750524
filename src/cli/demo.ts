import type { Command } from 'commander';
import { runDemo } from '../demo/run-demo.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';

export function registerDemo(parent: Command, io: CliIo): void {
  parent
    .command('demo')
    .summary('see four pull requests go to production, or not')
    .description(
      'Runs a whole fleet on this machine with a sample service and real traffic, and takes four pull requests through it. Exit 0 only if all end as they should.',
    )
    .option('--keep', 'leave it running at the end, until Ctrl-C')
    .action(async (options: { keep?: boolean }) => {
      if (!(await runDemo(io, { keep: options.keep === true }))) io.setExitCode(EXIT.error);
    });
}

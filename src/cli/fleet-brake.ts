import { Argument, type Command } from 'commander';
import { PausableQueue } from '../fleet/control.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions } from './open-client.ts';
import { type OrderOptions, sendOrder } from './send-order.ts';

/** `fleet pause` and `fleet resume` differ in one word. */
export function registerBrake(
  parent: Command,
  io: CliIo,
  verb: 'pause' | 'resume',
  texts: { summary: string; description: string; done: string },
): void {
  const command = parent
    .command(verb)
    .addArgument(new Argument('<queue>', 'the queue').choices([...PausableQueue.options, 'all']))
    .summary(texts.summary)
    .description(texts.description)
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (queue: string, options: OrderOptions) => {
    await sendOrder(`/v1/fleet/${verb}`, { queue }, `${queue}: ${texts.done}`, options, io);
  });
}

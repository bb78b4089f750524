import { Argument, type Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { addClientOptions } from './open-client.ts';
import { type OrderOptions, sendOrder } from './send-order.ts';

/** `freeze` and `unfreeze` differ in one word. */
export function registerFreezeCommand(
  parent: Command,
  io: CliIo,
  verb: 'freeze' | 'unfreeze',
  texts: { summary: string; description: string; done: string },
): void {
  const command = parent
    .command(verb)
    .addArgument(new Argument('[service]', 'the service; without it all of them'))
    .summary(texts.summary)
    .description(texts.description)
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (service: string | undefined, options: OrderOptions) => {
    const body = service === undefined ? {} : { service };
    await sendOrder(`/v1/fleet/${verb}`, body, `${service ?? 'every service'}: ${texts.done}`, options, io);
  });
}

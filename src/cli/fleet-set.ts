import { Argument, type Command, InvalidArgumentError } from 'commander';
import { SETTINGS, SettingName } from '../fleet/control.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions } from './open-client.ts';
import { type OrderOptions, sendOrder } from './send-order.ts';

export function registerFleetSet(parent: Command, io: CliIo): void {
  const command = parent
    .command('set')
    .addArgument(new Argument('<name>', 'the setting').choices(SettingName.options))
    .argument('<value>', 'its new value', parseValue)
    .summary('change a setting of the whole fleet')
    .description(
      'Changes a setting of the whole fleet at once. It holds until it is set again: configuration gives only the first value.',
    )
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (name: SettingName, value: number, options: OrderOptions) => {
    await sendOrder('/v1/fleet/settings', { name, value }, `${name} is ${value} now`, options, io);
  });
}

function parseValue(text: string): number {
  const parsed = SETTINGS.max_concurrent_agents.safeParse(text.trim() === '' ? undefined : text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('Must be a whole number from 1 to 1000.');
}

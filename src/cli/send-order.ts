import type { CliIo } from './cli-io.ts';
import { type ClientOptions, openClient } from './open-client.ts';
import { printJson } from './print-json.ts';

export interface OrderOptions extends ClientOptions {
  readonly reason: string;
}

/** Sends an operator's order and says in one line what came of it. */
export async function sendOrder(
  path: string,
  body: Readonly<Record<string, unknown>>,
  said: string,
  options: OrderOptions,
  io: CliIo,
): Promise<void> {
  const answer = await openClient(options, io).order(path, { ...body, reason: options.reason }, io.interrupted());
  if (options.json === true) return printJson(io, answer);
  io.out(answer.changed ? `${said}\n` : 'it was so already; nothing was recorded\n');
}

import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { registerBrake } from './fleet-brake.ts';

export function registerFleetPause(parent: Command, io: CliIo): void {
  registerBrake(parent, io, 'pause', {
    summary: 'pause a queue, or all',
    description:
      'Stops a queue for the whole fleet: what runs ends its step, nothing new is taken. A canary that has traffic is still watched, and runs can still be stopped. The release queue cannot be paused.',
    done: 'paused',
  });
}

import { stat } from 'node:fs/promises';
import type { Digest } from '../../ids.ts';
import type { Logger } from '../../log.ts';
import type { Environment } from '../target.ts';
import { ApiRefusal } from './api-refusal.ts';
import { makeVersionCounters } from './arm-counters.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { LocalService } from './settings.ts';
import { VersionProcess } from './version-process.ts';

export interface StartOptions {
  readonly service: LocalService;
  readonly host: string;
  readonly ledger: ProcessLedger;
  readonly log: Logger;
  /** Upper edges of the latency histogram, milliseconds. */
  readonly edges: number[];
  readonly slot: 'production' | Environment;
}

/** Starts a version of a service from its directory, with counters at zero. @throws {ApiRefusal} when it cannot serve. */
export async function startVersion(
  { service, host, ledger, log, edges, slot }: StartOptions,
  { version, directory }: { version: Digest; directory: string },
): Promise<VersionProcess> {
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    throw new ApiRefusal(422, 'NO_ARTIFACT', `${directory} is not a directory on the machine of the local target`);
  return VersionProcess.start({
    command: service.command,
    healthPath: service.health_path,
    host,
    version,
    directory,
    environment: slot,
    counters: makeVersionCounters(edges, service.latency_edge_ms, new Date()),
    log: log.child({ service: service.name, slot, version: version.slice(0, 12) }),
    onProcess: ledger.note,
  });
}

import type { SmokeCheck } from '../../config/smoke-schema.ts';
import { parseSmokeFile } from '../../delivery/parse-smoke-file.ts';
import { failedSmoke, runSmoke, type SmokeResult } from '../../delivery/smoke.ts';
import { InputError } from '../../errors.ts';
import { Sha } from '../../ids.ts';
import type { Entered } from '../enter-stage.ts';
import { runSuite } from './run-suite.ts';
import type { StagingPorts } from './staging-ports.ts';

const SUITE = 'smoke command';

/**
 * Checks of the configuration, checks of the target branch's file, then its suite, each only when all before held: what a
 * broken version is asked further says nothing new. Nothing of it is read from the change.
 */
export async function runSmokeSuite(
  ports: Pick<StagingPorts, 'repository' | 'sandbox'>,
  entered: Entered,
  where: { readonly endpoint: string; readonly round: number; readonly signal: AbortSignal },
): Promise<SmokeResult[]> {
  const { staging } = entered.service;
  const { endpoint, signal } = where;
  const declared = await readSmokeFile(ports, entered, signal);
  if (!Array.isArray(declared)) return [declared.problem];
  const seen = await runSmoke(endpoint, [...staging.smoke, ...declared], signal);
  const { smoke_command: settings } = staging;
  if (settings === undefined || seen.some(({ passed }) => !passed)) return seen;
  const { sandbox, repository } = ports;
  if (sandbox === null)
    return [...seen, failedSmoke(SUITE, 'was not run: on this worker the sandbox does not hold, see its log')];
  const commit = entered.run.target_sha;
  const rationale = 'run the smoke suite of the target branch against the staged merge';
  const suite = { name: SUITE, step: 'smoke', rationale, commit, settings };
  return [...seen, ...(await runSuite(entered, { ...where, ...suite, sandbox, repository }))];
}

async function readSmokeFile(
  { repository }: Pick<StagingPorts, 'repository'>,
  { run, service }: Entered,
  signal: AbortSignal,
): Promise<SmokeCheck[] | { problem: SmokeResult }> {
  const { smoke_file: path } = service.staging;
  if (path === undefined) return [];
  const target = Sha.parse(run.target_sha);
  const name = `smoke file ${path}`;
  const text = await repository.readFile(service.repository, target, path, signal);
  if (text === null) {
    const detail = `is not on the target branch at ${target.slice(0, 12)}, or no text of at most 1 MB`;
    return { problem: failedSmoke(name, detail) };
  }
  try {
    return parseSmokeFile(path, text);
  } catch (error) {
    if (error instanceof InputError) return { problem: failedSmoke(name, error.message.slice(0, 1000)) };
    throw error;
  }
}

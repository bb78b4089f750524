import { z } from 'zod';
import type { ChangeRepository } from '../../change/change.ts';
import type { Suite } from '../../config/suite-schema.ts';
import { SmokeResult } from '../../delivery/smoke.ts';
import { Sha } from '../../ids.ts';
import { performEffect } from '../../runs/perform-effect.ts';
import { collectReport } from '../../sandbox/collect-report.ts';
import { redactOutput } from '../../sandbox/redact-output.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Entered } from '../enter-stage.ts';
import { judgeSuite } from './suite.decide.ts';

export interface SuiteRequest {
  readonly sandbox: Sandbox;
  readonly repository: Pick<ChangeRepository, 'materialise'>;
  readonly settings: Suite;
  /** How it is called where no single test of it can be named. */
  readonly name: string;
  /** Of the record: `smoke`, `contract.<name>`. */
  readonly step: string;
  readonly rationale: string;
  /** The tree it stands on. */
  readonly commit: string | null;
  /** Of the version it is run against. */
  readonly endpoint: string;
  readonly round: number;
  readonly signal: AbortSignal;
}

const SuiteRun = z.strictObject({ results: z.array(SmokeResult) });
/** Where the staged version is found inside the sandbox. */
const INNER_PORT = 8080;

/** Runs a suite in the sandbox, from where only the one version it is run against can be reached. */
export async function runSuite(entered: Entered, request: SuiteRequest): Promise<SmokeResult[]> {
  const { record, service, holding } = entered;
  const { sandbox, repository, settings, signal } = request;
  const commit = Sha.parse(request.commit);
  const inner = `http://127.0.0.1:${INNER_PORT}`;
  const { result } = await performEffect(
    record,
    {
      stage: 'staging',
      step: request.step,
      name: 'sandbox_run',
      n: request.round,
      rationale: request.rationale,
      payload: { commit, command: settings.command },
      Result: SuiteRun,
    },
    {
      // A run leaves nothing behind, so there is nothing to look for: it is simply run again.
      look: () => Promise.resolve(null),
      async act(receipt) {
        const tree = await repository.materialise(service.repository, commit, signal);
        const ran = await sandbox.run(
          receipt,
          {
            sourceDirectory: tree.directory,
            files: [],
            command: settings.command.map((word) => word.replaceAll('{endpoint}', inner)),
            timeoutMs: settings.timeout_s * 1000,
            memoryMb: settings.memory_mb,
            reportFile: settings.report_file,
            doors: [{ port: INNER_PORT, to: addressOf(request.endpoint) }],
            environment: { SLIPWAY_ENDPOINT: inner },
          },
          signal,
        );
        const { report, report_file } = settings;
        const collected =
          report === undefined ? { parsed: null, problem: null } : collectReport(ran, { report, report_file });
        const output = redactOutput(`${ran.stdout}\n${ran.stderr}`).trim().slice(-800);
        return { results: judgeSuite(request.name, ran, collected, settings, output) };
      },
    },
    holding(null),
  );
  return result.results;
}

function addressOf(endpoint: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(endpoint);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

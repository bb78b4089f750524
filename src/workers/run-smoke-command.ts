import { z } from 'zod';
import type { ChangeRepository } from '../change/change.ts';
import type { SmokeCommand } from '../config/smoke-schema.ts';
import { SmokeResult } from '../delivery/smoke.ts';
import { Sha } from '../ids.ts';
import { performEffect } from '../runs/perform-effect.ts';
import { collectReport } from '../sandbox/collect-report.ts';
import { redactOutput } from '../sandbox/redact-output.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Entered } from './enter-stage.ts';
import { judgeSmokeCommand } from './smoke-command.decide.ts';

export interface SmokeCommandRequest {
  readonly sandbox: Sandbox;
  readonly repository: Pick<ChangeRepository, 'materialise'>;
  readonly settings: SmokeCommand;
  readonly endpoint: string;
  readonly round: number;
  readonly signal: AbortSignal;
}

const SmokeRun = z.strictObject({ results: z.array(SmokeResult) });
/** Where the staged version is found inside the sandbox. */
const INNER_PORT = 8080;

/** Runs the suite of the target branch in the sandbox, from where only the staged version can be reached. */
export async function runSmokeCommand(entered: Entered, request: SmokeCommandRequest): Promise<SmokeResult[]> {
  const { run, record, service, holding } = entered;
  const { sandbox, repository, settings, round, signal } = request;
  const commit = Sha.parse(run.target_sha);
  const inner = `http://127.0.0.1:${INNER_PORT}`;
  const { result } = await performEffect(
    record,
    {
      stage: 'staging',
      step: 'smoke',
      name: 'sandbox_run',
      n: round,
      rationale: 'run the smoke suite of the target branch against the staged merge',
      payload: { commit, command: settings.command },
      Result: SmokeRun,
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
        return { results: judgeSmokeCommand(ran, collected, settings, output) };
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

import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { EnqueueRequest } from '../runs/run-desk.ts';
import { awaitRun } from './await-run.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT, UNTIL, type Until } from './exit-code-of.ts';
import { describeRun, runUrl } from './format-run.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseDuration } from './parse-duration.ts';
import { printJson } from './print-json.ts';
import { writeCiFiles } from './write-ci-files.ts';

interface EnqueueOptions extends ClientOptions {
  readonly repo?: string;
  readonly pr?: string;
  readonly head?: string;
  readonly headAt?: string;
  readonly title?: string;
  readonly author?: string;
  readonly service?: string;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly emergency?: string;
  readonly pusher?: string;
  readonly wait?: boolean;
  readonly until: Until;
  readonly waitForHuman?: boolean;
  readonly timeout: number;
  readonly summaryFile?: string;
  readonly outputsFile?: string;
}

const EXIT_CODES = `
Exit codes with --wait:
  0 deployed (reviewed and automated with --until reviewed)
  2 bad input   3 waiting for a person   4 blocked   5 rejected   6 rolled back
  7 failed      8 superseded             9 cancelled                124 timeout
  1 the command itself failed; nothing is said about the run
`;

export function registerEnqueue(parent: Command, io: CliIo): void {
  const command = parent
    .command('enqueue')
    .summary('start the run of a pull request')
    .description('Starts the run of a pull request, or finds the one that its head already has.')
    .option('--repo <owner/name>', 'repository, as slipway.yaml names it')
    .option('--pr <number>', 'number of the pull request')
    .option('--head <sha>', 'full sha of its head commit')
    .option(
      '--head-at <time>',
      'when it had this head, by the forge’s clock: orders heads that are pushed back and forth',
    )
    .option('--author <name>', 'who wrote the change')
    .option('--title <text>', 'title of the pull request')
    .option('--service <name>', 'needed only where one repository holds several services')
    .option('--again', 'another run of a head whose run is finished')
    .option('--pusher <login>', 'who pushed the head, where the forge says so; may not approve')
    .option(
      '--emergency <reason>',
      'do not wait for the agents’ review: two people decide, and it is reviewed within 48 hours',
    )
    .option('--dry-run', 'the whole flow, with delivery and repository that only describe')
    .option('--wait', 'wait, and say by the exit code what came of it')
    .addOption(new Option('--until <point>', 'what to wait for').choices([...UNTIL]).default('outcome'))
    .option('--wait-for-human', 'keep waiting while a person decides')
    .option('--timeout <duration>', 'give up waiting, e.g. 90s, 30m, 2h', parseDuration, 2 * 3_600_000)
    .option('--summary-file <path>', 'append a Markdown summary, e.g. $GITHUB_STEP_SUMMARY')
    .option('--outputs-file <path>', 'append name=value lines, e.g. $GITHUB_OUTPUT')
    .addHelpText('after', EXIT_CODES);
  addClientOptions(command).action(async (options: EnqueueOptions) => runEnqueue(options, io));
}

async function runEnqueue(options: EnqueueOptions, io: CliIo): Promise<void> {
  const request = readRequest(options);
  const client = openClient(options, io);
  const { run, created } = await client.enqueue(request, io.interrupted());
  const url = runUrl(client.serverUrl, run.id);
  if (options.wait !== true) {
    if (options.json === true) printJson(io, { run, created, url });
    else io.out(`${created ? 'started' : 'exists'}  ${run.id}  ${describeRun(run)}\n${url}\n`);
    writeCiFiles(
      { run, exitCode: EXIT.ok, serverUrl: client.serverUrl },
      { outputs: options.outputsFile, summary: options.summaryFile },
    );
    return;
  }
  io.err(`${created ? 'started' : 'found'} run ${run.id} ${url}\n`);
  const waited = await awaitRun(client, run, {
    until: options.until,
    throughHuman: options.waitForHuman === true,
    timeoutMs: options.timeout,
    io,
  });
  io.setExitCode(waited.exitCode);
  writeCiFiles(
    { run: waited.run, exitCode: waited.exitCode, serverUrl: client.serverUrl },
    { outputs: options.outputsFile, summary: options.summaryFile },
  );
  if (options.json === true) printJson(io, { run: waited.run, created, url, exit_code: waited.exitCode });
  else io.out(`${describeRun(waited.run)}\n`);
  if (waited.exitCode === EXIT.human) io.err(`a person is awaited: ${url}\n`);
  if (waited.exitCode === EXIT.timeout) io.err(`gave up waiting; the run goes on: slipway watch ${run.id}\n`);
}

const FLAG_OF = new Map([
  ['repo', '--repo'],
  ['pr_number', '--pr'],
  ['head_sha', '--head'],
  ['head_at', '--head-at'],
  ['title', '--title'],
  ['author', '--author'],
  ['service', '--service'],
  ['emergency', '--emergency'],
  ['pusher', '--pusher'],
]);

/** In the words of somebody who typed an option; the rules themselves stand in EnqueueRequest. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('received undefined') ? 'is missing' : `must be a ${issue.expected}`;
  if (issue.code === 'too_big')
    return issue.origin === 'string'
      ? `is too long: at most ${issue.maximum} characters`
      : `must be at most ${issue.maximum}`;
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
  return issue.message;
}

/** All options that are wrong at once, by the name the caller typed. */
function readRequest(options: EnqueueOptions): EnqueueRequest {
  const parsed = EnqueueRequest.safeParse({
    repo: options.repo,
    service: options.service,
    pr_number: /^\d{1,10}$/.test(options.pr ?? '') ? Number(options.pr) : options.pr,
    head_sha: options.head,
    head_at: options.headAt,
    title: options.title,
    author: options.author,
    again: options.again,
    dry_run: options.dryRun,
    emergency: options.emergency,
    pusher: options.pusher,
  });
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => {
    const field = FLAG_OF.get(String(issue.path[0])) ?? issue.path.join('.');
    return { field, problem: describeIssue(issue) };
  });
  throw new CommandFailure('the change is not described well enough to start a run', {
    exitCode: EXIT.usage,
    details,
    fix: 'slipway enqueue --help',
  });
}

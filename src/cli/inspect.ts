import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SensitivePaths } from '../change/change.ts';
import { chunkDiff } from '../change/chunk-diff.ts';
import { type CollectedDiff, collectDiff } from '../change/collect-diff.ts';
import { type InspectRequest, inspectChange, parseRequest } from '../change/inspect.ts';
import { readMailMessages } from '../change/read-mail-messages.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { formatInspection, type InspectReport } from './format-inspection.ts';
import { printJson } from './print-json.ts';

interface InspectOptions {
  readonly diff?: string;
  readonly message?: string;
  readonly repo?: string;
  readonly base?: string;
  readonly head?: string;
  readonly config?: string;
  readonly service?: string;
  readonly json?: boolean;
}

/** What does not fit is named, not read. */
const MAX_DIFF_BYTES = 12_000_000;
const MAX_MESSAGE_CHARS = 200_000;
/** As the review cuts a change by default (`review.max_part_tokens`): what stands in the manifest is what it would read. */
const PART_TOKENS = 30_000;

interface ReadChange {
  readonly request: InspectRequest;
  readonly cut: string | null;
  readonly close: () => Promise<void>;
}

function usage(field: string, problem: string, fix: string): CommandFailure {
  return new CommandFailure('this change cannot be inspected', {
    exitCode: EXIT.usage,
    details: [{ field, problem, fix }],
  });
}

function unreadable(option: string, path: string, error: unknown): CommandFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return usage(option, `${path} cannot be read (${code})`, 'name a readable file');
}

async function readDiffFile(options: InspectOptions, path: string): Promise<ReadChange> {
  let collected: CollectedDiff;
  try {
    collected = await collectDiff(path === '-' ? process.stdin : createReadStream(path), MAX_DIFF_BYTES);
  } catch (error) {
    throw unreadable('--diff', path, error);
  }
  let commitMessages = readMailMessages(collected.text);
  if (options.message !== undefined) {
    const bytes = await readFile(options.message).catch((error: unknown) => {
      throw unreadable('--message', options.message ?? '', error);
    });
    commitMessages = bytes.toString('utf8').slice(0, MAX_MESSAGE_CHARS);
  }
  return { request: { diffText: collected.text, commitMessages }, cut: collected.cut, close: async () => undefined };
}

async function readRepository(
  options: InspectOptions,
  at: { directory: string; base: string; head: string },
  io: CliIo,
): Promise<ReadChange> {
  // Loaded only here: a diff needs no git.
  const { openLocalRepository } = await import('../change/open-local-repository.ts');
  const signal = io.interrupted();
  const repository = await openLocalRepository(at.directory);
  if (repository === null)
    throw usage('--repo', `${at.directory} is no git repository`, 'name a repository, bare or with a work tree');
  try {
    const commit = async (option: '--base' | '--head', name: string) => {
      const sha = await repository.resolveCommit(name, signal);
      if (sha === null) throw usage(option, `${name} is no commit of ${at.directory}`, 'fetch it, or correct the sha');
      return sha;
    };
    const named = await commit('--base', at.base);
    const head = await commit('--head', at.head);
    const base = (await repository.mergeBase(named, head, signal)) ?? named;
    if (base !== named) io.err(`the change is compared with ${base}, where it left ${at.base}\n`);
    const collected = await collectDiff(repository.diff(base, head, signal), MAX_DIFF_BYTES);
    const request: InspectRequest = {
      diffText: collected.text,
      emptyIsWhole: true,
      commitMessages:
        options.message === undefined
          ? await repository.commitMessages(base, head, signal)
          : (await readFile(options.message, 'utf8')).slice(0, MAX_MESSAGE_CHARS),
      readBase: (path) => repository.readFile(base, path, signal),
      readHead: (path) => repository.readFile(head, path, signal),
      listBase: () => repository.listFiles(base, signal),
    };
    return { request, cut: collected.cut, close: () => repository.close() };
  } catch (error) {
    await repository.close();
    throw error;
  }
}

async function readChange(options: InspectOptions, io: CliIo): Promise<ReadChange> {
  const { diff, repo, base, head } = options;
  if (diff !== undefined) {
    if (repo !== undefined || base !== undefined || head !== undefined)
      throw usage('--diff', 'is given together with --repo, --base or --head', 'use one form or the other');
    return readDiffFile(options, diff);
  }
  if (repo === undefined) throw usage('--diff', 'is missing', 'name a diff, or --repo with --base and --head');
  if (base === undefined) throw usage('--base', 'is missing', 'name the commit that the change starts from');
  if (head === undefined) throw usage('--head', 'is missing', 'name the last commit of the change');
  return readRepository(options, { directory: repo, base, head }, io);
}

async function readSensitivePaths({ config: file, service: name }: InspectOptions): Promise<SensitivePaths | null> {
  if (file === undefined) {
    if (name !== undefined) throw usage('--service', 'needs a configuration', 'add --config <file>');
    return null;
  }
  const { readConfig } = await import('../config/read-config.ts');
  const services = Object.entries(readConfig({ file, fileRequired: true }).services);
  const found =
    name === undefined ? (services.length === 1 ? services[0] : undefined) : services.find(([key]) => key === name);
  if (found === undefined)
    throw usage(
      '--service',
      'names no service of the configuration',
      `one of: ${services.map(([key]) => key).join(', ')}`,
    );
  return found[1].sensitive_paths;
}

async function inspect(options: InspectOptions, io: CliIo): Promise<InspectReport> {
  const sensitivePaths = await readSensitivePaths(options);
  const { request, cut, close } = await readChange(options, io);
  try {
    const parsed = parseRequest(request);
    const scoped = sensitivePaths === null ? request : { ...request, sensitivePaths };
    const { facts, change_type, evidence, problems } = await inspectChange(scoped, parsed);
    const { manifest } = chunkDiff(parsed, { maxTokens: PART_TOKENS });
    return { facts, change_type, evidence, manifest, problems: cut === null ? problems : [cut, ...problems] };
  } finally {
    await close();
  }
}

/** Needs no server, no stores and no slipway.yaml. Exit 0 for anything that can be read, whatever it holds; else 2. */
export function registerInspect(parent: Command, io: CliIo): void {
  parent
    .command('inspect')
    .summary('say what a change does, by code alone')
    .description(
      'Reads a diff, or two commits of a repository, and prints the facts that code can find in it, with the place each rests on. A fact is null where it could not be judged.',
    )
    .option('--diff <file>', 'a unified diff or a patch; - for stdin')
    .option('--message <file>', 'the commit messages (default: those of the patch or of the commits)')
    .option('--repo <dir>', 'a git repository, bare or with a work tree')
    .option('--base <sha>', 'the commit that the change starts from')
    .option('--head <sha>', 'the last commit of the change')
    .option('--config <file>', 'a slipway.yaml, for sensitive_paths')
    .option('--service <name>', 'the service of that file (default: its only one)')
    .option('--json', 'print one JSON document')
    .action(async (options: InspectOptions) => {
      const report = await inspect(options, io);
      if (options.json === true) printJson(io, report);
      else io.out(formatInspection(report));
    });
}

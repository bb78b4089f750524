import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { GitCredential } from '../config/git-credentials.ts';
import { PermanentFailure, TransientFailure } from '../errors.ts';
import type { GitRemote } from './git-remote.ts';
import { oneLine } from './one-line.ts';

/** What the surrounding machine lends to git processes, and to nothing else. Read from the environment at the root. */
export interface GitEnvironment {
  readonly path?: string;
  /** Socket of an ssh agent, for repositories reached by ssh. */
  readonly sshAuthSock?: string;
  /** Sign-ins of https servers; a git process sees only that of its own remote. */
  readonly credentials?: readonly GitCredential[];
  /** PEM file of the authorities that an https server is checked against. */
  readonly caFile?: string;
}

interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** The output was longer than `maxBytes`; stdout is not usable. */
  readonly cut: boolean;
}

export interface GitCall {
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Author and committer of a commit that is written. */
  readonly identity?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Runs git against one mirror. Arguments are constants, shas and configured values; never text of a change. */
export type RunGit = (args: readonly string[], call: GitCall) => Promise<GitResult>;

/** Runs git and yields its output as it comes. Ends quietly when the signal fires; the reader knows what it still needs. */
export type StreamGit = (args: readonly string[], call: GitCall) => AsyncGenerator<Uint8Array, undefined>;

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * Settings that hold for every git process: no hook, no helper, no transport but the configured one, no attribute of
 * the repository, and every received object checked. Four old, harmless defects of history are let through, because
 * many honest repositories carry them and none can execute or hide anything.
 */
function hardenedSettings(remote: GitRemote, trustedDirectories: readonly string[]): [string, string][] {
  return [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.attributesFile', '/dev/null'],
    ['core.excludesFile', '/dev/null'],
    ['core.symlinks', 'false'],
    ['core.protectHFS', 'true'],
    ['core.protectNTFS', 'true'],
    ['core.askPass', ''],
    // A sign-in is for one host: what a redirect names is somebody else's.
    ['http.followRedirects', 'false'],
    ['attr.tree', EMPTY_TREE],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    [`protocol.${remote.protocol}.allow`, 'always'],
    ['protocol.version', '2'],
    ['transfer.fsckObjects', 'true'],
    ['transfer.advertiseSID', 'false'],
    ['fetch.fsck.zeroPaddedFilemode', 'ignore'],
    ['fetch.fsck.badTimezone', 'ignore'],
    ['fetch.fsck.missingSpaceBeforeDate', 'ignore'],
    ['fetch.fsck.missingSpaceBeforeEmail', 'ignore'],
    // A killed fetch must leave nothing half-received: a pack appears whole or not at all, loose objects would not.
    ['fetch.unpackLimit', '1'],
    ['fetch.recurseSubmodules', 'false'],
    ['submodule.recurse', 'false'],
    ['push.recurseSubmodules', 'no'],
    ['push.gpgSign', 'false'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['advice.detachedHead', 'false'],
    ['log.showSignature', 'false'],
    ...trustedDirectories.map((directory): [string, string] => ['safe.directory', directory]),
  ];
}

function quoteValue(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The same settings as a configuration file: git drops `-c` when it starts the other end of a local transport. */
function renderSettings(settings: readonly [string, string][]): string {
  return settings
    .map(([key, value]) => {
      const first = key.indexOf('.');
      const last = key.lastIndexOf('.');
      const subsection = first === last ? '' : ` ${quoteValue(key.slice(first + 1, last))}`;
      return `[${key.slice(0, first)}${subsection}]\n\t${key.slice(last + 1)} = ${quoteValue(value)}\n`;
    })
    .join('');
}

export interface GitRunnerOptions {
  readonly gitDir: string;
  /** Holds the settings file and the empty home of git processes. */
  readonly stateDir: string;
  readonly remote: GitRemote;
  readonly environment: GitEnvironment;
  /** Where the settings are written; beside the repository by default. */
  readonly settingsFile?: string;
  /** Unique per process, so that two workers never write one temporary file. */
  readonly nonce: string;
}

/** The variables of a git process: nothing of ours is inherited. */
function gitVariables(options: GitRunnerOptions, home: string, globalConfig: string): Record<string, string> {
  const { environment, remote } = options;
  return {
    PATH: environment.path ?? DEFAULT_PATH,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: globalConfig,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=15',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    ...(environment.sshAuthSock === undefined ? {} : { SSH_AUTH_SOCK: environment.sshAuthSock }),
    ...(environment.caFile === undefined ? {} : { GIT_SSL_CAINFO: environment.caFile }),
    ...signIn(remote, environment.credentials ?? []),
  };
}

/** As settings in the process's own variables: in arguments or the settings file others could read the token. */
function signIn(remote: GitRemote, credentials: readonly GitCredential[]): Record<string, string> {
  if (remote.protocol !== 'https') return {};
  const credential = credentials.find(({ origin }) => origin === new URL(remote.url).origin);
  if (credential === undefined) return {};
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${credential.origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${credential.authorization}`,
  };
}

export interface Git {
  readonly run: RunGit;
  readonly stream: StreamGit;
}

/**
 * Builds the one way in which this product starts git: no shell, a closed environment, hardened settings twice (as
 * arguments, which win over the mirror's own file, and as the global file, which reaches the far side of a local fetch).
 */
export async function makeGitRunner(options: GitRunnerOptions): Promise<Git> {
  const home = join(options.stateDir, 'home');
  await mkdir(home, { recursive: true });
  const path = options.remote.path;
  const settings = hardenedSettings(options.remote, [
    options.gitDir,
    ...(path === null ? [] : [path, join(path, '.git')]),
  ]);
  const globalConfig = options.settingsFile ?? `${options.gitDir}.gitconfig`;
  const draft = `${globalConfig}.${options.nonce}`;
  await writeFile(draft, renderSettings(settings));
  await rename(draft, globalConfig);
  const env = gitVariables(options, home, globalConfig);
  const flags = settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const prefix = [`--git-dir=${options.gitDir}`, '--no-pager', '--no-replace-objects', '--literal-pathspecs', ...flags];

  function shared(call: GitCall) {
    return {
      cwd: options.stateDir,
      env: { ...env, ...call.identity },
      extendEnv: false,
      shell: false,
      reject: false,
      encoding: 'buffer',
      stripFinalNewline: false,
      input: call.input ?? '',
      timeout: call.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      cancelSignal: call.signal,
    } as const;
  }

  async function run(args: readonly string[], call: GitCall): Promise<GitResult> {
    call.signal.throwIfAborted();
    const result = await execa('git', [...prefix, ...args], {
      ...shared(call),
      maxBuffer: call.maxBytes ?? DEFAULT_MAX_BYTES,
    });
    call.signal.throwIfAborted();
    if (result.timedOut)
      throw new TransientFailure(
        'GIT_TIMEOUT',
        `git ${args[0] ?? ''} took longer than ${call.timeoutMs ?? DEFAULT_TIMEOUT_MS} ms`,
      );
    if (result.isMaxBuffer) return { exitCode: -1, stdout: Buffer.alloc(0), stderr: '', cut: true };
    if (result.exitCode === undefined) {
      const cause = result instanceof Error ? result : undefined;
      if (result.code === 'ENOENT')
        throw new PermanentFailure('GIT_MISSING', 'git is not installed on this machine: install git 2.38 or newer', {
          cause,
        });
      throw new TransientFailure('GIT_KILLED', `git ${args[0] ?? ''} ended by ${result.signal ?? 'an unknown cause'}`, {
        cause,
      });
    }
    return {
      exitCode: result.exitCode,
      stdout: Buffer.from(result.stdout),
      stderr: tail(Buffer.from(result.stderr).toString('utf8')),
      cut: false,
    };
  }

  async function* stream(args: readonly string[], call: GitCall): AsyncGenerator<Uint8Array, undefined> {
    call.signal.throwIfAborted();
    const child = execa('git', [...prefix, ...args], { ...shared(call), buffer: false });
    for await (const chunk of child.iterable({ binary: true, preserveNewlines: true })) yield chunk;
    const result = await child;
    call.signal.throwIfAborted();
    if (result.exitCode !== 0)
      throw new TransientFailure(
        'GIT_FAILED',
        `git ${args[0] ?? ''} exited ${result.exitCode ?? result.signal ?? 'early'}`,
      );
  }

  return { run, stream };
}

/** The last words of git, short enough for a record. */
function tail(text: string): string {
  return oneLine(text).slice(-600);
}

/** Runs git where only success is expected; a failure is one of the machine, worth another attempt. */
export async function gitOutput(run: RunGit, args: readonly string[], call: GitCall): Promise<Buffer> {
  const result = await run(args, call);
  if (result.cut)
    throw new PermanentFailure(
      'GIT_OUTPUT_TOO_LARGE',
      `git ${args[0] ?? ''} printed more than ${call.maxBytes ?? DEFAULT_MAX_BYTES} bytes`,
    );
  if (result.exitCode !== 0)
    throw new TransientFailure('GIT_FAILED', `git ${args[0] ?? ''} exited ${result.exitCode}: ${result.stderr}`);
  return result.stdout;
}

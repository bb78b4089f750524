import { Command, CommanderError } from 'commander';
import { readPackageVersion } from '../package-root.ts';
import type { CliIo } from './cli-io.ts';
import type { CommandEntry } from './command-entry.ts';
import { COMMANDS, GROUPS } from './command-table.ts';
import { EXIT } from './exit-code-of.ts';
import { showFailure } from './show-failure.ts';

/**
 * Parses and runs one command line. Never throws and never ends the process: the exit code goes to `io`, 2 for a command
 * line that cannot be understood.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<void> {
  try {
    const args = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
    const program = await buildProgram(args, io, commands);
    if (args.length === 0) return program.outputHelp();
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its message already; help and version are no errors.
      if (error.exitCode !== 0) io.setExitCode(EXIT.usage);
      return;
    }
    io.setExitCode(showFailure(error, io, argv.includes('--json')));
  }
}

/** All commands by name and summary; only the one that is called is loaded. */
async function buildProgram(args: readonly string[], io: CliIo, commands: readonly CommandEntry[]): Promise<Command> {
  const program = new Command('slipway')
    .description('Takes pull requests from opened to production, with every decision on an append-only record.')
    .version(readPackageVersion(), '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('Use --help for what is possible.')
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHasColors: () => false,
      getErrHasColors: () => io.color,
    });
  const called = findCalled(args, commands);
  const groups = new Map<string, Command>();
  for (const entry of commands) {
    const [first = '', second] = entry.name.split(' ');
    let parent = program;
    if (second !== undefined) {
      parent =
        groups.get(first) ??
        program
          .command(first)
          .helpCommand(false)
          .description(GROUPS[first] ?? '');
      groups.set(first, parent);
    }
    if (entry === called) (await entry.load())(parent, io);
    else
      parent
        .command(second ?? first)
        .summary(entry.summary)
        .description(entry.summary);
  }
  return program;
}

function findCalled(args: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  return commands.find(({ name }) => name === first || name === `${first} ${second}`);
}

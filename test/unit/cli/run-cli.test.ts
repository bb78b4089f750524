import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CommandEntry } from '../../../src/cli/command-entry.ts';
import { CommandFailure } from '../../../src/cli/command-failure.ts';
import { COMMANDS } from '../../../src/cli/command-table.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import { InputError } from '../../../src/errors.ts';
import { makeFakeIo, runInProcess } from './fake-io.ts';

describe('the command line', () => {
  it('lists every command without loading one', async () => {
    const loaded: string[] = [];
    const commands = COMMANDS.map((entry) => ({ ...entry, load: () => (loaded.push(entry.name), entry.load()) }));
    const { io, seen } = makeFakeIo();
    await runCli(['--help'], io, commands);
    expect(loaded).toEqual([]);
    expect(seen.exitCode).toBe(0);
    for (const { name } of commands) expect(seen.out).toContain(name.split(' ')[0]);
    await runCli(['status', '--help'], io, commands);
    expect(loaded).toEqual(['status']);
  });

  it.each(COMMANDS)('gives $name the summary of the table', async ({ name, summary, load }) => {
    const parent = new Command();
    (await load())(parent, makeFakeIo().io);
    expect(parent.commands.map((command) => [command.name(), command.summary()])).toEqual([
      [name.split(' ').at(-1), summary],
    ]);
  });

  it('prints the version', async () => {
    expect(await runInProcess('--version')).toMatchObject({
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      exitCode: 0,
    });
  });

  it('shows the help of a command both ways', async () => {
    const a = await runInProcess('help', 'enqueue');
    expect(a.out).toContain('--head <sha>');
    expect(a.out).toContain('124 timeout');
    expect(await runInProcess('enqueue', '--help')).toEqual(a);
  });

  it.each([
    [['adit'], 'Did you mean audit?'],
    [['audit', 'shw'], 'Did you mean show?'],
    [['status', '--jsn'], 'Did you mean --json?'],
    [['status', 'abc'], '32 lower-case hex digits'],
    [['enqueue', '--until', 'done'], 'Allowed choices are reviewed, outcome'],
    [['enqueue', '--timeout', 'soon'], 'Must be a duration such as 90s, 30m or 2h'],
    [['enqueue', '--timeout', '0'], 'Must be a duration'],
    [['approve', 'a'.repeat(32)], "required option '--reason <text>' not specified"],
    [['watch'], "missing required argument 'run'"],
    [['enqueue', '--token', 'x'], "unknown option '--token'"],
    [['audit'], 'Commands:'],
  ])('ends with 2 for %j', async (argv, said) => {
    const { err, out, exitCode } = await runInProcess(...argv);
    expect(err).toContain(said);
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
  });

  it('lists all that is wrong with a change, by the options’ names', async () => {
    const { err, exitCode } = await runInProcess('enqueue', '--pr', 'x', '--head', 'main', '--repo', 'acme');
    expect(exitCode).toBe(2);
    expect(err).toContain('--repo: must be owner/name');
    expect(err).toContain('--pr: ');
    expect(err).toContain('--head: must be a full commit sha: 40 lower-case hex digits');
    expect(err).toContain('--author: is missing');
  });
});

describe('a command that fails', () => {
  const failing = (error: unknown): CommandEntry => ({
    name: 'fail',
    summary: 'fails',
    load: async () => (parent, _io) => {
      parent
        .command('fail')
        .option('--json')
        .action(() => {
          throw error;
        });
    },
  });
  const run = async (error: unknown, ...flags: string[]) => {
    const { io, seen } = makeFakeIo();
    await runCli(['fail', ...flags], io, [failing(error)]);
    return seen;
  };

  it('shows a failure with what to do, and as a document with --json', async () => {
    const error = new CommandFailure('no\u001b[31m server', {
      exitCode: 1,
      fix: 'start it',
      details: [{ field: 'a', problem: 'b' }],
    });
    expect(await run(error)).toEqual({ out: '', err: 'error: no [31m server\n  start it\n  a: b\n', exitCode: 1 });
    expect(JSON.parse((await run(error, '--json')).out)).toMatchObject({ error: { fix: 'start it', exit_code: 1 } });
  });

  it('shows every problem of bad input with its place, and ends with 2', async () => {
    const error = new InputError([
      { field: 'a.b', problem: 'is bad', fix: 'mend it', at: { file: 'x.yaml', line: 3, column: 4 } },
      { field: 'PORT', problem: 'is not a port' },
    ]);
    expect(await run(error)).toEqual({
      out: '',
      err: 'x.yaml:3:4 a.b: is bad (mend it)\nPORT: is not a port\n',
      exitCode: 2,
    });
    expect(JSON.parse((await run(error, '--json')).out)).toEqual({ ok: false, problems: error.problems });
  });

  it('shows a fault of its own with the stack, and ends with 1', async () => {
    const seen = await run(new Error('a bug'));
    expect(seen.exitCode).toBe(1);
    expect(seen.err).toMatch(/^error: Error: a bug\n\s+at /);
  });
});

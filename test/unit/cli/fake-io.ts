import type { CliIo } from '../../../src/cli/cli-io.ts';
import { runCli } from '../../../src/cli/run-cli.ts';

export function makeFakeIo(live = false) {
  const seen = { out: '', err: '', exitCode: 0 };
  const io: CliIo = {
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    live,
    color: false,
    setExitCode: (code) => void (seen.exitCode = code),
    interrupted: () => new AbortController().signal,
  };
  return { io, seen };
}

export async function runInProcess(...argv: string[]) {
  const { io, seen } = makeFakeIo();
  await runCli(argv, io);
  return seen;
}

import { makeCliIo } from './cli/cli-io.ts';
import { runCli } from './cli/run-cli.ts';

// The code is set, not the process ended: what was written to a pipe still gets out.
const io = makeCliIo(process, (code) => {
  process.exitCode = code;
});
await runCli(process.argv.slice(2), io);

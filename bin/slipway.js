#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/cli.js', import.meta.url);

if (existsSync(cli)) {
  await import(cli.href);
} else {
  const bootstrap = fileURLToPath(new URL('../script/bootstrap', import.meta.url));
  process.stderr.write(`slipway: not built yet (dist/cli.js is missing). Run ${bootstrap} and try again.\n`);
  process.exitCode = 2;
}

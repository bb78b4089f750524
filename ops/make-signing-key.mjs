// Makes the key that signs heads of the record, where there is none yet, and prints its verification key.
// Usage: node ops/make-signing-key.mjs FILE NAME
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [file = '', name = ''] = process.argv.slice(2);
if (file === '' || name === '') {
  process.stderr.write('usage: make-signing-key.mjs FILE NAME\n');
  process.exit(2);
}
// Both or none: where a kill left one of the two, keygen refuses by name and a person decides.
if (!existsSync(file) || !existsSync(`${file}.vkey`)) {
  const slipway = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
  await promisify(execFile)(process.execPath, [slipway, 'audit', 'keygen', '--name', name, '--key', file]);
}
process.stdout.write(await readFile(`${file}.vkey`, 'utf8'));

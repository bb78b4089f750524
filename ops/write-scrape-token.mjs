// Makes a token with the scope `read` for the scraper and keeps it in a file, once: the server's figures are for those
// who hold such a token. Remove the file (and revoke the old token) to get another.
// Usage: node ops/write-scrape-token.mjs FILE
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const file = process.argv[2] ?? '';
if (file === '') {
  process.stderr.write('usage: write-scrape-token.mjs FILE\n');
  process.exit(2);
}
if (!existsSync(file)) {
  const slipway = fileURLToPath(new URL('../bin/slipway.js', import.meta.url));
  const args = [slipway, 'token', 'create', '--name', 'prometheus', '--scopes', 'read'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  // Prometheus runs as another user; only its container mounts the directory.
  await writeFile(`${file}.new`, stdout.trim(), { mode: 0o444 });
  await rename(`${file}.new`, file);
}
process.stdout.write(`the scraper's token is in ${file}\n`);

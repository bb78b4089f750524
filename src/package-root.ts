import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout or the installed package: where `prompts/`, `public/` and `examples/` are, from `src/` and `dist/` alike. */
export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Slipway's own version, e.g. `1.2.3`. */
export function readPackageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string')
    return parsed.version;
  throw new Error('package.json names no version');
}

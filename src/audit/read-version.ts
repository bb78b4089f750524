import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../package-root.ts';

/** Slipway's own version, as the record names it: `slipway/1.2.3`. */
export function readVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return `slipway/${z.object({ version: z.string() }).parse(JSON.parse(text)).version}`;
}

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout or the installed package: where `prompts/`, `public/` and `examples/` are, from `src/` and `dist/` alike. */
export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

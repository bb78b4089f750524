import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { editorSchema } from '../src/config/editor-schema.ts';
import { packageRoot } from '../src/package-root.ts';
import { formatJson } from './format-json.ts';
import { renderConfiguration } from './render-configuration.ts';

// Run after a change of src/config/schema.ts; a unit test fails while the files do not match it.
writeFileSync(join(packageRoot, 'slipway.schema.json'), formatJson(editorSchema()));
writeFileSync(join(packageRoot, 'docs/configuration.md'), renderConfiguration());

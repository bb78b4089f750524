import { z } from 'zod';
import { SlipwayFile } from './schema.ts';

/** The JSON schema of slipway.yaml for editors: what may be written, so a key with a default is optional. */
export function editorSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(SlipwayFile, { io: 'input', target: 'draft-07' });
  return { $schema, title: 'Configuration of Slipway (slipway.yaml)', ...rest };
}

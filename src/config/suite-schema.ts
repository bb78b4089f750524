import { z } from 'zod';
import { command, seconds } from './schema-parts.ts';

/** A program that is run in the sandbox and says by exit code and report what it found. */
const suite = {
  command: command.describe(
    'Run without a shell in the sandbox; `{endpoint}` and SLIPWAY_ENDPOINT are where the staged version answers.',
  ),
  report: z.enum(['junit', 'tap']).optional().describe('Form of its report; without it the exit code alone counts.'),
  report_file: z.string().min(1).optional().describe('Where it writes the report; without it stdout is read.'),
  timeout_s: seconds.max(3600).default(300).describe('It is ended past this, and has failed.'),
  memory_mb: z.int().min(64).default(1024).describe('Memory of all its processes together.'),
};

/** The smoke command; it always stands on the tree of the target branch. */
export const Suite = z.strictObject(suite);
export type Suite = z.infer<typeof Suite>;

/** What others rely on in the service, or the service in others, as tests against the staged version. */
export const Contract = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,38}$/, 'lower-case letters, digits and dashes, at most 39')
    .describe('How the contract is called in the record; one each.'),
  ...suite,
  tree: z
    .enum(['target', 'merge'])
    .default('target')
    .describe(
      'Where the tests are read: `target`, which the change cannot alter, or `merge` for a contract that comes with the change.',
    ),
  compare_base: z
    .boolean()
    .default(false)
    .describe('When it fails it is run against the base too, and what fails there as well does not block.'),
});
export type Contract = z.infer<typeof Contract>;

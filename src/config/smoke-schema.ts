import { RE2JS } from 're2js';
import { z } from 'zod';

const text = z.string().max(100_000);
const header = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'the name of a header');

/** One request to a staged version and what must come back. */
export const SmokeCheck = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(120)
    .optional()
    .describe('How the check is called in the record; method and path if not.'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('Method of the request.'),
  path: z.string().startsWith('/').max(4000).describe('Path and query of the request.'),
  headers: z
    .record(header, z.string().regex(/^[\t\x20-\x7e]{0,2000}$/, 'printable ASCII'))
    .optional()
    .describe('Headers to send. No secrets: what stands here is part of the policy on the record.'),
  body: text.optional().describe('Body to send; `content-type: application/json` unless headers say otherwise.'),
  status: z.int().min(100).max(599).default(200).describe('The status it must answer with.'),
  body_contains: z.string().min(1).optional().describe('Text that must stand in the answer.'),
  body_matches: z
    .string()
    .min(1)
    .max(1000)
    .refine(isPattern, 'is no regular expression that RE2 knows (no back references, no look-around)')
    .optional()
    .describe('Regular expression (RE2) that must be found in the answer.'),
  max_latency_ms: z.number().positive().default(2000).describe('Slower answers fail the check.'),
});
export type SmokeCheck = z.infer<typeof SmokeCheck>;

/** Matching takes time linear in the answer, which a hostile version chooses. */
function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

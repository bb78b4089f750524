import { z } from 'zod';
import { ChangeEcho } from '../agents/change-echo.ts';

const SourceText = z.object({ path: z.string(), text: z.string() });

export const TestInput = z.object({
  task: z.literal('test-gen'),
  change: ChangeEcho,
  language: z.string(),
  test_file: z.string(),
  gaps: z.array(z.object({ path: z.string(), quote: z.string() })),
  sources: z.array(SourceText),
  existing_tests: z.array(SourceText),
  previous: z.object({ test_code: z.string(), failure: z.string() }).nullable(),
});
export type TestInput = z.infer<typeof TestInput>;

/** One call that the documentation promises something about. */
export interface DocumentedCall {
  readonly call: string;
  /** The promised value, or the error it throws ('' = any). */
  readonly promise: { kind: 'value'; text: string } | { kind: 'throws'; error: string };
}

/** A function that a source declares in public, with what its documentation promises. */
export interface Target {
  readonly name: string;
  readonly isAsync: boolean;
  readonly calls: readonly DocumentedCall[];
}

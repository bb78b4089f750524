import { z } from 'zod';
import { ChangeEcho } from './change-echo.ts';

/** One test file's text. Its name and place are ours. */
export const TestAnswer = z.strictObject({
  change_echo: ChangeEcho,
  test_code: z.string().min(1).max(100_000),
  targets: z.array(z.string().max(300)).max(50).describe('What is tested: names of functions or routes.'),
  edge_cases: z.array(z.string().max(500)).max(50),
});
export type TestAnswer = z.infer<typeof TestAnswer>;

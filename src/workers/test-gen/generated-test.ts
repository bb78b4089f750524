import { basename } from 'node:path/posix';
import type { TestSettings } from '../../config/schema.ts';

/**
 * Where a generated test goes. The name is ours, never the model's: from the configured pattern, so that the project's
 * own runner finds it, with the PR and the attempt in place of the star.
 */
export function generatedTestPath(tests: TestSettings, prNumber: number, attempt: number): string {
  const name = basename(tests.pattern).replace(/\*+/, `slipway_pr${prNumber}_${attempt}`);
  return `${tests.directory.replace(/\/+$/, '')}/${name}`;
}

/** The configured command with `{file}` filled in. */
export function testCommand(command: readonly string[], file: string): string[] {
  return command.map((word) => word.replaceAll('{file}', file));
}

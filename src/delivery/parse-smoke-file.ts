import { z } from 'zod';
import { describeIssue } from '../config/describe-issue.ts';
import { parseLocatedYaml } from '../config/located-yaml.ts';
import { SmokeCheck } from '../config/smoke-schema.ts';
import { InputError } from '../errors.ts';

const SmokeFile = z.strictObject({ checks: z.array(SmokeCheck).min(1).max(200) });

/** Checks that a target branch declares for itself. @throws {InputError} naming the field, its place and the fix. */
export function parseSmokeFile(path: string, text: string): SmokeCheck[] {
  const yaml = parseLocatedYaml(text, path);
  if (yaml.problems.length > 0) throw new InputError(yaml.problems.slice(0, 3));
  const parsed = SmokeFile.safeParse(yaml.value);
  if (parsed.success) return parsed.data.checks;
  throw new InputError(parsed.error.issues.flatMap((issue) => describeIssue(issue, yaml)).slice(0, 3));
}

import type { z } from 'zod';
import { InputError, type InputProblem } from '../errors.ts';

/** Parses what came through the door. @throws {InputError} with every field that is wrong and what to do about it. */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown, status = 400): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new InputError(
    result.error.issues.flatMap((issue) => problemsOf(issue, schema)),
    status,
  );
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): InputProblem[] {
  const field = issue.path.map(String).join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(key, issue.path, schema));
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [{ field, problem: 'is missing', fix: `send ${article(issue.expected)}` }];
  if (issue.code === 'invalid_type') return [{ field, problem: `must be ${article(issue.expected)}` }];
  if (issue.code === 'invalid_value')
    return [{ field, problem: 'is not one of the known values', fix: `use ${issue.values.map(String).join(', ')}` }];
  return [{ field, problem: issue.message }];
}

function unknownField(key: string, path: readonly PropertyKey[], schema: z.ZodType): InputProblem {
  const field = [...path, key].map(String).join('.');
  const known = path.length === 0 && 'shape' in schema ? Object.keys(Object(schema.shape)) : [];
  return {
    field,
    problem: 'is not known here',
    fix: known.length > 0 ? `remove it; known fields are ${known.join(', ')}` : 'remove it',
  };
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { SlipwayFile } from '../config/schema.ts';

/** What of a policy decides about what is on the record already when the policy is asked: replaying finds it as it was. */
const Kept = z.object({
  people: z.json().default(null),
  author_history: z.object({ window_days: z.number() }).nullable().default(null),
  services: z.record(z.string(), z.object({ sensitive_paths: z.json().default(null) })).default({}),
});

/**
 * Which parts of another policy cannot be tried on a run that was reviewed under the policy of `text`: facts and histories were
 * found with what that one said. Named, so that a simulation does not pass for one that tried them. Pure.
 */
export function unreplayedParts(text: string, other: SlipwayFile, service: string): string[] {
  const then = Kept.safeParse(parseJson(text));
  if (!then.success) return ['the policy of then cannot be read'];
  const now = Kept.parse(JSON.parse(JSON.stringify(other)));
  const differs = (a: unknown, b: unknown) => !isDeepStrictEqual(a, b);
  return [
    ...(differs(then.data.services[service]?.sensitive_paths, now.services[service]?.sensitive_paths)
      ? [`services.${service}.sensitive_paths`]
      : []),
    ...(differs(then.data.author_history?.window_days, now.author_history?.window_days)
      ? ['author_history.window_days']
      : []),
    ...(differs(then.data.people, now.people) ? ['people'] : []),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

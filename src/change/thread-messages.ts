import { z } from 'zod';
import { Inspection } from './change.ts';

/** What a thread is to inspect, and which questions it may ask of it. */
export const ThreadRequest = z.strictObject({
  kind: z.literal('inspect'),
  diffText: z.string(),
  commitMessages: z.string(),
  emptyIsWhole: z.boolean(),
  sensitivePaths: z.strictObject({ performance_critical: z.array(z.string()), compliance: z.array(z.string()) }),
  readsBase: z.boolean(),
  readsHead: z.boolean(),
  listsBase: z.boolean(),
});
export type ThreadRequest = z.infer<typeof ThreadRequest>;

const Side = z.enum(['base', 'head', 'list']);
export type Side = z.infer<typeof Side>;

/** `text` answers a question for a file, `paths` one for the list of files. */
export const ThreadAnswer = z.strictObject({
  kind: z.literal('answer'),
  id: z.int(),
  text: z.string().nullable(),
  paths: z.array(z.string()),
});
export type ThreadAnswer = z.infer<typeof ThreadAnswer>;

export const ToThread = z.discriminatedUnion('kind', [ThreadRequest, ThreadAnswer]);

export const FromThread = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), id: z.int(), side: Side, path: z.string() }),
  z.strictObject({ kind: z.literal('done'), inspection: Inspection }),
]);
export type FromThread = z.infer<typeof FromThread>;

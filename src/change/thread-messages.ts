import { z } from 'zod';
import { Inspection } from './change.ts';

/** What a thread is told when it starts: the change, and which questions it may ask. */
export const ThreadRequest = z.strictObject({
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
export const ToThread = z.strictObject({ id: z.int(), text: z.string().nullable(), paths: z.array(z.string()) });
export type ToThread = z.infer<typeof ToThread>;

export const FromThread = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), id: z.int(), side: Side, path: z.string() }),
  z.strictObject({ kind: z.literal('done'), inspection: Inspection }),
]);
export type FromThread = z.infer<typeof FromThread>;

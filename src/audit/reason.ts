import { z } from 'zod';
import { countSeen } from './safe-text.ts';

/** Why a person did something, as it stands on the record: a reason of blanks, whichever, is none. */
export const Reason = z
  .string()
  .trim()
  .min(1, { abort: true })
  .max(2000)
  .refine((text) => countSeen(text) > 0, 'must say why, in characters that can be seen');

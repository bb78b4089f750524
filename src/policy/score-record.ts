import { z } from 'zod';

const ScoreTerm = z.object({ label: z.string(), points: z.number() });
export type ScoreTerm = z.infer<typeof ScoreTerm>;

/** A risk score as the record tells it. `floors` is empty for reviews of versions that did not record them. */
export const ScoreRecord = z.object({
  total: z.number(),
  terms: z.array(ScoreTerm),
  floors: z.array(ScoreTerm),
});
export type ScoreRecord = z.infer<typeof ScoreRecord>;

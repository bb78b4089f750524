import { z } from 'zod';
import { Reason } from '../../audit/reason.ts';
import { StoredFinding } from '../../runs/finding-store.ts';

export const FindingList = z
  .object({ findings: z.array(StoredFinding) })
  .meta({ id: 'FindingList', description: 'Everything that was found in the pull request, over all its heads.' });
export const DismissalAnswer = z.object({ finding: StoredFinding }).meta({ id: 'DismissalAnswer' });
export const DismissalRequest = z
  .strictObject({
    reason: Reason,
  })
  .meta({ id: 'DismissalRequest', description: 'Why it is no problem; kept on the record.' });

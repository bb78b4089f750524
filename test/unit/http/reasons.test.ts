import { expect, test } from 'vitest';
import { DismissalRequest } from '../../../src/http/api/finding-schemas.ts';
import { BrakeRequest, FreezeRequest, SettingRequest } from '../../../src/http/api/fleet-schemas.ts';
import { ResendRequest } from '../../../src/http/api/notification-schemas.ts';
import { RollbackRequest } from '../../../src/http/api/rollback-schemas.ts';
import { CancelRequest, EmergencyReviewRequest, FrontRequest } from '../../../src/http/api/schemas.ts';
import { DecisionRequest } from '../../../src/runs/run-desk.ts';
import { makeSha } from '../../support/record.ts';

const DOORS = {
  decision: { schema: DecisionRequest, more: { decision: 'approve', head_sha: makeSha() } },
  cancel: { schema: CancelRequest, more: {} },
  front: { schema: FrontRequest, more: {} },
  'emergency review': { schema: EmergencyReviewRequest, more: {} },
  dismissal: { schema: DismissalRequest, more: {} },
  rollback: { schema: RollbackRequest, more: {} },
  resend: { schema: ResendRequest, more: {} },
  freeze: { schema: FreezeRequest, more: {} },
  brake: { schema: BrakeRequest, more: { queue: 'agents' } },
  setting: { schema: SettingRequest, more: { name: 'max_concurrent_agents', value: 5 } },
};

test.each(Object.entries(DOORS))(
  '%s: one without a reason that can be seen is refused, naming the field',
  (_, door) => {
    const ask = (reason: string) => door.schema.safeParse({ ...door.more, reason });
    expect(ask(' two quiet weeks\n')).toMatchObject({ success: true, data: { reason: 'two quiet weeks' } });
    for (const blank of ['', ' \n', '\u2800\u2800', '\u200b', '\u3164'])
      expect(ask(blank).error?.issues).toMatchObject([{ path: ['reason'] }]);
  },
);

import { expect, it } from 'vitest';
import { StoreDown, TransientFailure } from '../../../src/errors.ts';
import { isNoRoom } from '../../../src/workers/no-room.ts';

const coded = (code: string) => Object.assign(new Error(`${code}: write`), { code });

it.each([
  ['the disk is full', coded('ENOSPC'), true],
  ['the quota is used up', coded('EDQUOT'), true],
  ['the disk went read-only', coded('EROFS'), true],
  ['it lies behind a failure', new TransientFailure('UNPACK', 'not unpacked', { cause: coded('ENOSPC') }), true],
  ['git says so', new TransientFailure('GIT_FAILED', 'fatal: write error: No space left on device'), true],
  [
    'the repository’s server says so',
    new TransientFailure('GIT_FAILED', 'remote: fatal: write: No space left on device'),
    false,
  ],
  ['a test says so', new TransientFailure('SANDBOX_FAILED', 'error: No space left on device'), false],
  ['a store is away', new StoreDown('postgres', { cause: coded('ECONNREFUSED') }), false],
  ['nothing that is an error', 'ENOSPC', false],
])('%s: %#', (_what, error, expected) => {
  expect(isNoRoom(error)).toBe(expected);
});

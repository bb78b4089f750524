const CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
/** Git only says it; what stands behind `remote:` is the disk of somebody else. */
const SAID_BY_GIT = /: (?:No space left on device|Disk quota exceeded|Read-only file system)/;
/** Of git's errors: other text, like a test's output, may be written by whom the run is to judge. */
const FROM_GIT = /^(?:GIT|REPOSITORY)_/;

/**
 * Whether a step failed because this replica's disk takes nothing more. That says nothing of the run: another replica may
 * have room, and this one again after somebody made some.
 */
export function isNoRoom(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (CODES.has(code)) return true;
    if (FROM_GIT.test(code) && SAID_BY_GIT.test(cause.message) && !cause.message.includes('remote:')) return true;
  }
  return false;
}

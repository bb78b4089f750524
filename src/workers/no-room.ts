const CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
/** Git only says it; what stands behind `remote:` is the disk of somebody else. */
const SAID_BY_GIT = /No space left on device|Disk quota exceeded|Read-only file system/;

/**
 * Whether a step failed because this replica's disk takes nothing more. That says nothing of the run: another replica may
 * have room, and this one again after somebody made some.
 */
export function isNoRoom(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && CODES.has(cause.code)) return true;
    if (SAID_BY_GIT.test(cause.message) && !cause.message.includes('remote:')) return true;
  }
  return false;
}

/** Slash-separated plain names. No drive letters, no NUL, no spaces: what a test file may be called, nothing else. */
const ALLOWED = /^[\w.-]+(\/[\w.-]+)*$/;
const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 1024;

/**
 * Whether a relative path from outside (a model, a configuration) may name a file in an untrusted tree. Refuses what
 * climbs, what could be read as an option by the command it is passed to, and anything of git's own.
 */
export function isSafeName(path: string): boolean {
  if (path.length > MAX_PATH_BYTES || path.startsWith('-') || !ALLOWED.test(path)) return false;
  return path.split('/').every((segment) => {
    if (segment === '.' || segment === '..' || segment.length > MAX_SEGMENT_BYTES) return false;
    return segment.toLowerCase() !== '.git';
  });
}

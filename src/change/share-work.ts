/**
 * Answers from `held`, or does the work once for all who ask meanwhile. Failures are not kept; a caller who shared the
 * work of another that was aborted does it for itself.
 */
export async function shareWork<K, V>(
  held: Map<K, Promise<V>>,
  key: K,
  signal: AbortSignal,
  work: () => Promise<V>,
): Promise<V> {
  const shared = held.get(key);
  if (shared !== undefined) {
    try {
      return await shared;
    } catch {
      signal.throwIfAborted();
    }
  }
  const own = work();
  held.set(key, own);
  try {
    return await own;
  } catch (error) {
    if (held.get(key) === own) held.delete(key);
    throw error;
  }
}

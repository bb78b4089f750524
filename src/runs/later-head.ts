export interface HeadTime {
  /** When the forge says that the pull request had this head; null where nobody said. */
  readonly head_at: Date | null;
  readonly created_at: Date;
}

/** Of a request that is no run yet: it came after every run that is there. */
export const NOT_YET = new Date(8_640_000_000_000_000);

/**
 * Which of two heads of a pull request it had later, by the word of the forge: true = `a`, false = `b`, null where that says
 * nothing. Its times order all pushes, also one that puts a pull request back to a head that it had before, and
 * deliveries that arrive late. Of a run without such a time it is known only that the head was there by then. Pure.
 */
export function isLaterHead(a: HeadTime, b: HeadTime): boolean | null {
  if (a.head_at !== null && b.head_at !== null) {
    const ms = a.head_at.getTime() - b.head_at.getTime();
    return ms === 0 ? null : ms > 0;
  }
  if (a.head_at !== null) return a.head_at > b.created_at ? true : null;
  if (b.head_at !== null) return b.head_at > a.created_at ? false : null;
  return null;
}

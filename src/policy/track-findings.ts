import { compareFindings, type Finding } from './finding.ts';

/** A problem of a pull request over all its heads. */
export interface TrackedFinding {
  readonly finding: Finding;
  readonly state: 'open' | 'fixed' | 'dismissed' | 'reopened';
}

export interface Tracking {
  /** What holds for this head: what was found, and what an earlier head's review found and this one's did not, though its code is still there. */
  readonly findings: readonly Finding[];
  /** Open before, and their code is gone. */
  readonly fixed: readonly Finding[];
}

/**
 * Carries findings over pushes. A finding ends when its code is gone or a person dismisses it, never because a model did not
 * repeat itself: otherwise pushing again until it says nothing, or moving the code, would be a way through. Gaps in tests are the
 * exception: they are closed by a test elsewhere, and what the new review does not report is closed. Pure.
 */
export function trackFindings(
  before: readonly TrackedFinding[],
  found: readonly Finding[],
  whereItStands: (finding: Finding) => Finding | null,
): Tracking {
  const known = new Map(before.map((tracked) => [tracked.finding.fingerprint, tracked]));
  const now = worstOfEach(found).map((finding) => ({ ...finding, status: statusOf(known.get(finding.fingerprint)) }));
  const again = new Set(now.map((finding) => finding.fingerprint));
  const gone = before.filter(
    ({ state, finding }) => (state === 'open' || state === 'reopened') && !again.has(finding.fingerprint),
  );
  const [carried, fixed] = [[] as Finding[], [] as Finding[]];
  for (const { finding } of gone) {
    const standing = finding.category === 'coverage' ? null : whereItStands(finding);
    if (standing === null) fixed.push(finding);
    else carried.push({ ...standing, status: 'carried' });
  }
  return { findings: [...now, ...carried].toSorted(compareFindings), fixed };
}

function statusOf(tracked: TrackedFinding | undefined): Finding['status'] {
  switch (tracked?.state) {
    case undefined:
      return 'new';
    case 'fixed':
      return 'reopened';
    case 'dismissed':
      return 'dismissed';
    case 'open':
    case 'reopened':
      return 'open';
  }
}

/** Two reports of one problem are one finding: the worse. One without a fingerprint is like no other. */
function worstOfEach(found: readonly Finding[]): Finding[] {
  const worst = new Map<string, Finding>();
  for (const [index, finding] of found.entries()) {
    const key = finding.fingerprint === '' ? `#${index}` : finding.fingerprint;
    const held = worst.get(key);
    if (held === undefined || compareFindings(finding, held) < 0) worst.set(key, finding);
  }
  return [...worst.values()];
}

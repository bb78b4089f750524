import { coverageOf, isExcluded, ManifestEntry } from '../../change/coverage-manifest.ts';
import type { ContextPackage } from '../../runs/context-package.ts';
import { Text } from './text.tsx';
import { unreadWords } from './words.ts';

/** What the review read and what it did not: the difference between nothing found and nothing looked at. */
export function ReadCard(props: { manifest: ContextPackage['manifest'] | null; problems: readonly string[] | null }) {
  const manifest = ManifestEntry.array().safeParse(props.manifest ?? []).data ?? [];
  const coverage = coverageOf(manifest);
  // What the list of files says already is not said again.
  const problems = (props.problems ?? []).filter((problem) => !coverage.gaps.includes(problem));
  if (manifest.length === 0 && problems.length === 0) return null;
  const read = manifest.filter((entry) => entry.status === 'full');
  // What should have been read comes first; what the target branch leaves out is no gap.
  const unread = [
    ...manifest.filter((entry) => entry.status !== 'full' && !isExcluded(entry)),
    ...manifest.filter(isExcluded),
  ];
  return (
    <section class="card" aria-labelledby="read">
      <div class="section-head">
        <h2 id="read">What was read</h2>
        <span class="muted">
          {coverage.read_lines} of {coverage.changed_lines - coverage.excluded_lines} changed lines, {read.length} of{' '}
          {manifest.length} files whole
          {coverage.excluded_lines > 0 && `; ${coverage.excluded_lines} lines left out by rules of the target branch`}
        </span>
      </div>
      {unread.length === 0 && problems.length === 0 && <p class="empty empty-calm">All of it was read.</p>}
      {(unread.length > 0 || problems.length > 0) && (
        <ul class="files">
          {unread.map((entry) => (
            <li key={entry.path}>
              <code class="path">
                <Text>{entry.path}</Text>
              </code>
              <span class="tag">{isExcluded(entry) ? 'left out' : entry.status}</span>
              <span class="muted">
                {entry.changed_lines > 0 && `${entry.read_lines} of ${entry.changed_lines} lines: `}
                {entry.reason === null ? 'not known why' : unreadWords(entry.reason)}
              </span>
            </li>
          ))}
          {problems.map((problem) => (
            <li>
              <span class="tag">not judged</span>
              <span>
                <Text>{problem}</Text>
              </span>
            </li>
          ))}
        </ul>
      )}
      {read.length > 0 && (
        <details class="fold" id="read-files">
          <summary>
            Read whole <span class="count">{read.length}</span>
          </summary>
          <ul class="files">
            {read.map((entry) => (
              <li key={entry.path}>
                <code class="path">
                  <Text>{entry.path}</Text>
                </code>
                <span class="muted">{entry.changed_lines} lines</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

import { ManifestEntry } from '../../change/coverage-manifest.ts';
import type { ContextPackage } from '../../runs/context-package.ts';
import { Text } from './text.tsx';
import { outcomeWords } from './words.ts';

/** What the review read and what it did not: the difference between nothing found and nothing looked at. */
export function ReadCard(props: { manifest: ContextPackage['manifest'] | null; problems: readonly string[] | null }) {
  const manifest = ManifestEntry.array().safeParse(props.manifest ?? []).data ?? [];
  const problems = props.problems ?? [];
  if (manifest.length === 0 && problems.length === 0) return null;
  const unread = manifest.filter((entry) => entry.status !== 'full');
  const read = manifest.filter((entry) => entry.status === 'full');
  const lines = (of: 'read_lines' | 'changed_lines') => manifest.reduce((sum, entry) => sum + entry[of], 0);
  return (
    <section class="card" aria-labelledby="read">
      <div class="section-head">
        <h2 id="read">What was read</h2>
        <span class="muted">
          {lines('read_lines')} of {lines('changed_lines')} changed lines, {read.length} of {manifest.length} files
          whole
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
              <span class="tag">{entry.status}</span>
              <span class="muted">
                {entry.read_lines} of {entry.changed_lines} lines
                {entry.reason === null ? '' : `: ${outcomeWords(entry.reason)}`}
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

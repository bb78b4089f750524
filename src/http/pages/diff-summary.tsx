import type { ContextPackage } from '../../runs/context-package.ts';
import { printable } from './printable.ts';
import { Text } from './text.tsx';
import { sentence } from './words.ts';

type Summary = NonNullable<ContextPackage['diff_summary']>;

/** The files a change touches, and the diff itself behind a fold. */
export function DiffSummary({ summary }: { summary: Summary | null }) {
  if (summary === null) return null;
  return (
    <section class="card" aria-labelledby="diff">
      <div class="section-head">
        <h2 id="diff">Changes</h2>
        <span class="count">{summary.files.length}</span>
        <Counts added={summary.added} removed={summary.removed} />
      </div>
      <ul class="files">
        {summary.files.map((file) => (
          <li key={file.path}>
            <code class="path">
              <Text>{file.path}</Text>
            </code>
            {file.status !== 'modified' && (
              <span class="tag">
                <Text>{sentence(file.status)}</Text>
              </span>
            )}
            <Counts added={file.added} removed={file.removed} />
          </li>
        ))}
      </ul>
      {summary.diff !== '' && (
        <details class="fold" id="diff-text">
          <summary>Show the diff{summary.cut ? ' (cut at 200 kB)' : ''}</summary>
          <pre class="code diff" tabIndex={0}>
            <code>
              {summary.diff.split('\n').map((line) => (
                <DiffLine line={line} />
              ))}
            </code>
          </pre>
        </details>
      )}
    </section>
  );
}

function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="counts">
      <span class="plus">+{added}</span> <span class="minus">−{removed}</span>
    </span>
  );
}

function DiffLine({ line }: { line: string }) {
  return <span class={`line line-${lineKind(line)}`}>{`${printable(line)}\n`}</span>;
}

/** The sign at the line's start says the same as its colour. */
function lineKind(line: string): 'add' | 'del' | 'hunk' | 'file' | 'same' {
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('diff ') || line.startsWith('+++') || line.startsWith('---')) return 'file';
  if (line.startsWith('+')) return 'add';
  return line.startsWith('-') ? 'del' : 'same';
}

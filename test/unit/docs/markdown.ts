import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';

/** A document taken apart as far as these tests need it. */
export interface Markdown {
  /** Relative to the repository. */
  readonly file: string;
  readonly links: readonly string[];
  /** Texts in single backticks, outside code blocks. */
  readonly codeSpans: readonly string[];
  readonly codeLines: readonly string[];
  /** Headings as the last part of a link names them. */
  readonly anchors: readonly string[];
}

/** Every document of the repository: those at its root, in docs/ and in examples/. */
export function readDocuments(): Markdown[] {
  const inFolders = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name))),
  );
  return [...readdirSync(packageRoot), ...inFolders]
    .filter((file) => file.endsWith('.md'))
    .map((file) => parseMarkdown(file, readFileSync(join(packageRoot, file), 'utf8')));
}

/** Roughly: fences, code spans, inline links and headings. Lists, tables and quotes need no care here. */
export function parseMarkdown(file: string, text: string): Markdown {
  const prose: string[] = [];
  const codeLines: string[] = [];
  let inFence = false;
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) inFence = !inFence;
    else (inFence ? codeLines : prose).push(line);
  }
  const joined = prose.join('\n');
  const withoutCode = joined.replace(/`[^`]+`/g, '');
  return {
    file,
    links: [...withoutCode.matchAll(/\]\(\s*<?([^()\s>]+)>?[^()]*\)/g)].map(([, target = '']) => target),
    codeSpans: [...joined.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' ')),
    codeLines,
    anchors: prose.filter((line) => /^#{1,6} /.test(line)).map(anchorOf),
  };
}

function anchorOf(heading: string): string {
  const words = heading.replace(/^#+ /, '').toLowerCase();
  return words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
}

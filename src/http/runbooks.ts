import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked } from 'marked';
import { packageRoot } from '../package-root.ts';

export interface Runbook {
  readonly name: string;
  readonly title: string;
  /** Of our own text, with no HTML that it does not make itself. */
  readonly html: string;
}

/** The runbooks that ship with this version, by name. Read once: they change with the version only. */
export function readRunbooks(directory = join(packageRoot, 'docs/runbooks')): ReadonlyMap<string, Runbook> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.md'));
  const names = new Set(files.map((file) => file.slice(0, -'.md'.length)));
  return new Map(
    [...names].toSorted().map((name) => {
      const text = readFileSync(join(directory, `${name}.md`), 'utf8');
      const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
      return [name, { name, title, html: makeRenderer(names).parse(text, { async: false }) }];
    }),
  );
}

/** Links lead to other runbooks or out; what the server does not show is named, not linked. HTML in the text is shown as text. */
function makeRenderer(names: ReadonlySet<string>): Marked {
  return new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => escapeHtml(text),
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const other = /^([a-z0-9-]+)\.md(#[\w-]*)?$/.exec(href);
        if (other !== null && names.has(other[1] ?? '')) return `<a href="/runbooks/${other[1]}">${words}</a>`;
        return href.startsWith('https://') ? `<a href="${escapeHtml(href)}" rel="noreferrer">${words}</a>` : words;
      },
    },
  });
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

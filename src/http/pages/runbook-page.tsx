import type { Runbook } from '../runbooks.ts';
import { Layout, type PageFrame } from './layout.tsx';

/** One runbook, as it ships with this version. */
export function RunbookPage({ runbook, ...frame }: PageFrame & { readonly runbook: Runbook }) {
  return (
    <Layout {...frame} title={runbook.title}>
      {/* Rendered from our own files, in which HTML is shown as text. */}
      <article class="card runbook" dangerouslySetInnerHTML={{ __html: runbook.html }} />
      <p class="hint">
        <a href="/runbooks">All runbooks</a>
      </p>
    </Layout>
  );
}

export function RunbooksPage({ runbooks, ...frame }: PageFrame & { readonly runbooks: readonly Runbook[] }) {
  return (
    <Layout {...frame} title="Runbooks">
      <section class="card runbook">
        <h1>Runbooks</h1>
        <ul>
          {runbooks.map(({ name, title }) => (
            <li>
              <a href={`/runbooks/${name}`}>{title}</a>
            </li>
          ))}
        </ul>
      </section>
    </Layout>
  );
}

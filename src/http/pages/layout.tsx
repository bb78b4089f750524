import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Caller } from '../../runs/caller.ts';
import { ASSETS } from '../assets.ts';
import { BOARD_PATH } from '../board-path.ts';
import { printable } from './printable.ts';
import { Text } from './text.tsx';

export interface Viewer {
  readonly caller: Caller;
  readonly csrf: string;
}

export interface PageFrame {
  readonly viewer: Viewer | null;
  readonly profile: string;
  readonly version: string;
}

interface LayoutProps extends PageFrame {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Live updates; the page is whole without. */
  readonly script?: boolean;
}

/** The frame of every page: skip link, bar, main. No inline script or style, so that the content policy can forbid them. */
export function Layout(props: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${props.title} · Slipway`}</title>
        <link rel="icon" href={ASSETS.icon} type="image/svg+xml" />
        <link rel="stylesheet" href={ASSETS.style} />
        {props.script === true && <script src={ASSETS.live} defer />}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <Bar viewer={props.viewer} profile={props.profile} />
        <main id="main">{props.children}</main>
        <footer class="foot">
          <span>Slipway {props.version}</span>
          <a href="/openapi.json">API</a>
          {props.viewer && <a href={BOARD_PATH}>Queues</a>}
          <span id="keys" class="keys" hidden>
            Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>o</kbd> open, <kbd>d</kbd> decide, <kbd>i</kbd>{' '}
            inbox
          </span>
        </footer>
      </body>
    </html>
  );
}

function Bar({ viewer, profile }: Pick<PageFrame, 'viewer' | 'profile'>) {
  return (
    <header class="bar">
      <div class="bar-in">
        <a class="brand" href="/">
          <Mark />
          Slipway
        </a>
        {profile === 'demo' && (
          <span class="tag tag-demo" title="Time is scaled; every record says so">
            demo
          </span>
        )}
        {viewer && (
          <nav class="bar-nav" aria-label="Main">
            <a href="/">Runs</a>
            <a href={BOARD_PATH}>Queues</a>
          </nav>
        )}
        {viewer && (
          <form class="bar-who" method="post" action="/logout">
            <input type="hidden" name="csrf" value={viewer.csrf} />
            <span class="who">
              <Text>{viewer.caller.person ?? viewer.caller.name}</Text>
              {viewer.caller.person === null && <span class="tag">machine</span>}
            </span>
            <button class="button button-quiet" type="submit">
              Sign out
            </button>
          </form>
        )}
      </div>
    </header>
  );
}

/** A hull on its ramp. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d="M3 11.5h15.2l-2.6 5.2H7.2A4.2 4.2 0 0 1 3 12.6z" fill="currentColor" />
      <path d="M10.4 4.2v5.6h6z" fill="currentColor" opacity=".55" />
      <path d="M2 21.2 22 17.4" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
    </svg>
  );
}

/**
 * A whole document. No deceptive character has a place anywhere in it, so the last word on them is here: what a
 * component forgot, in text or attribute, is shown by its code point all the same.
 */
export function renderPage(page: Parameters<typeof renderToString>[0]): string {
  return `<!doctype html>\n${printable(renderToString(page))}\n`;
}

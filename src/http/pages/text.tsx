import { printable, printableLine } from './printable.ts';
import type { Status, Tone } from './run-status.ts';
import { showInstant, showRelative } from './show-time.ts';

/** One line of text from outside: isolated, so that right-to-left text cannot reorder what stands beside it. */
export function Text({ children }: { children: string }) {
  return <bdi>{printableLine(children)}</bdi>;
}

/** Text from outside that keeps its lines. */
export function Code({ children }: { children: string }) {
  return (
    <pre class="code" tabIndex={0}>
      <code>{printable(children)}</code>
    </pre>
  );
}

export function Sha({ children }: { children: string }) {
  return (
    <code class="sha" title={children}>
      {children.slice(0, 10)}
    </code>
  );
}

export function Time({ at, now }: { at: Date; now: Date }) {
  return (
    <time dateTime={at.toISOString()} title={showInstant(at)}>
      {showRelative(at, now)}
    </time>
  );
}

const SHAPES: Record<Tone, string> = {
  good: 'M4.5 8.3 7 10.8l4.6-5',
  bad: 'M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2',
  wait: 'M8 4.8v3.5l2.2 1.4',
  late: 'M8 4.8v3.5l2.2 1.4',
  busy: 'M8 3.6a4.4 4.4 0 1 1-4.2 5.7',
  idle: 'M5.2 8h5.6',
};

/** The shape that goes with a tone; decoration, the word beside it says the same. */
export function Icon({ tone }: { tone: Tone }) {
  return (
    <svg class={`icon icon-${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle class="icon-disc" cx="8" cy="8" r="7.25" />
      <path class="icon-line" d={SHAPES[tone]} />
    </svg>
  );
}

export function Badge({ status }: { status: Status }) {
  return (
    <span class={`badge badge-${status.tone}`}>
      <Icon tone={status.tone} />
      <Text>{status.label}</Text>
    </span>
  );
}

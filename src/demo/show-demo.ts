import type { VerifyResult } from '../audit/verify.ts';
import type { RunDetail } from '../http/api/schemas.ts';
import type { DemoChange } from './demo-changes.ts';
import type { Demo } from './start-demo.ts';

export type ShownRun = RunDetail;
type ShownEntry = RunDetail['entries'][number]['entry'];

/** The entries that decided something; where they stand in the log is told at the end. */
export const DECIDING_EVENTS: readonly string[] = [
  'review_evaluation',
  'human_decision',
  'test_generation',
  'staging_validation',
  'staging_rejection',
  'canary_started',
  'canary_verdict',
  'autonomous_rollback',
  'production_release',
  'run_finished',
];

const SHOWN_TICKS = 5;

/** One line of progress; null for entries that only repeat what another says. */
export function entryLine(pr: number, entry: ShownEntry): string | null {
  if (entry.event.endsWith('.intended') || entry.event === 'staging_measured' || entry.event === 'run_enqueued') return null;
  if (entry.event === 'canary_tick' && entry.n % SHOWN_TICKS !== 0) return null;
  return `PR ${pr}  ${entry.event.padEnd(20)} ${entry.outcome.padEnd(12)} ${firstSentence(entry.rationale)}`;
}

export function summaryLines(input: {
  demo: Demo;
  runs: readonly { pr: number; change: DemoChange; outcome: string | null; shown: ShownRun | null }[];
  expected: Record<DemoChange['key'], string>;
  audit: VerifyResult;
  took: string;
  deciding: readonly string[];
}): string[] {
  const { demo, runs, expected, audit, deciding } = input;
  const lines = ['', `The four pull requests, after ${input.took.trim()}:`];
  for (const { pr, change, outcome, shown } of runs) {
    const right = outcome === expected[change.key] ? '' : `   (expected ${expected[change.key]})`;
    lines.push(`  PR ${pr}  ${(outcome ?? 'unfinished').padEnd(12)} ${change.title}${right}`);
    const entries = shown?.entries.filter(({ entry }) => deciding.includes(entry.event)) ?? [];
    lines.push(`        decided in the record at ${entries.map(({ seq, entry }) => `${seq} ${entry.event}=${entry.outcome}`).join(', ')}`);
    const usage = shown?.usage;
    if (usage) lines.push(`        ${usage.input_tokens} tokens in, ${usage.output_tokens} out, $${(usage.cost_microusd / 1_000_000).toFixed(4)}`);
  }
  lines.push(
    '',
    `audit verify: ${audit.ok ? 'ok' : 'FAILED'}, ${audit.entries} entries, head ${audit.head?.seq ?? '-'}:${audit.head?.chainHash ?? '-'}`,
    `run pages     ${demo.serverUrl}/`,
    `Bull Board    ${demo.serverUrl}/admin/queues`,
    `metrics       ${demo.serverUrl}/metrics  ${demo.workerUrls.map((url) => `${url}/metrics`).join('  ')}`,
  );
  if (demo.model !== null) lines.push('The model was a scripted local server, so tokens are counted from text lengths and the cost is what the real one would bill.');
  return lines;
}

function firstSentence(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 150 ? `${line.slice(0, 149)}…` : line;
}

import { z } from 'zod';
import type { VerifyResult } from '../audit/verify.ts';
import type { RunDetail } from '../http/api/schemas.ts';
import type { DemoChange } from './demo-changes.ts';
import type { Demo } from './start-demo.ts';

export type ShownRun = RunDetail;
type ShownEntry = RunDetail['entries'][number]['entry'];

/** The entries that decided something; where they stand in the log is told at the end. */
export const DECIDING_EVENTS: readonly string[] = [
  'review_evaluation',
  'escalated',
  'human_decision',
  'test_generation',
  'staging_validation',
  'staging_rejection',
  'canary_started',
  'canary_verdict',
  'guard_zeroed',
  'autonomous_rollback',
  'production_release',
  'run_finished',
];

const SHOWN_TICKS = 5;

const SandboxRun = z.object({ verdict: z.string(), why: z.string() });
const Numbers = z.object({
  canary_requests: z.number(),
  canary_errors: z.number(),
  canary_slow: z.number(),
  share_observed: z.number(),
});
const Opinion = z.object({ summary: z.string() });

/** One line of progress; null for entries that only repeat what another says. */
export function entryLine(pr: number, entry: ShownEntry): string | null {
  if (entry.event.endsWith('.intended') || entry.event === 'staging_measured' || entry.event === 'run_enqueued')
    return null;
  if (entry.event === 'canary_tick' && entry.n % SHOWN_TICKS !== 0) return null;
  const { event, outcome, why } = shown(entry);
  return `PR ${pr}  ${event.padEnd(20)} ${outcome.padEnd(12)} ${firstSentence(why)}`;
}

/** An effect that is through is told by its name and what it did; the rest as it stands in the record. */
function shown(entry: ShownEntry): { event: string; outcome: string; why: string } {
  const { event, outcome, rationale: why } = entry;
  if (event === 'sandbox_run.completed') {
    const run = SandboxRun.safeParse(entry.payload['result']);
    if (run.success)
      return { event: 'sandbox_run', outcome: run.data.verdict, why: `${why}: ${run.data.why.replaceAll('_', ' ')}` };
  }
  if (event === 'escalated') return { event, outcome: 'waiting', why: `for a person: ${why}` };
  if (event.endsWith('.completed')) return { event: event.slice(0, -'.completed'.length), outcome: 'done', why };
  return { event, outcome, why };
}

/** What happened in production, in numbers that everybody understands. */
function damageLine(run: ShownRun | null): string | null {
  const numbers = Numbers.safeParse(
    run?.entries.find(({ entry }) => entry.event === 'autonomous_rollback')?.entry.payload['numbers'],
  );
  if (!numbers.success) return null;
  const { canary_requests, canary_errors, canary_slow, share_observed } = numbers.data;
  return `production kept ${(100 - share_observed * 100).toFixed(1)} % of its traffic; of ${canary_requests} requests to the canary ${canary_errors} failed and ${canary_slow} were slow`;
}

function opinionLine(run: ShownRun | null): string | null {
  const opinion = Opinion.safeParse(
    run?.entries.find(({ entry }) => entry.event === 'incident_opinion')?.entry.payload['answer'],
  );
  return opinion.success ? `incident report, the agent's opinion: ${firstSentence(opinion.data.summary)}` : null;
}

function wasDelivered(run: ShownRun | null): boolean {
  return (
    run?.entries.some(
      ({ entry }) => entry.event === 'staging_deploy.intended' || entry.event === 'canary_deploy.intended',
    ) ?? false
  );
}

export function summaryLines(input: {
  demo: Demo;
  runs: readonly { pr: number; change: DemoChange; outcome: string | null; shown: ShownRun | null }[];
  expected: Record<DemoChange['key'], string>;
  audit: VerifyResult;
  took: string;
  keep: boolean;
  deciding: readonly string[];
}): string[] {
  const { demo, runs, expected, audit, deciding } = input;
  const lines = ['', `The four pull requests, after ${input.took.trim()}:`];
  for (const { pr, change, outcome, shown } of runs) {
    const right = outcome === expected[change.key] ? '' : `   (expected ${expected[change.key]})`;
    lines.push(`  PR ${pr}  ${(outcome ?? 'unfinished').padEnd(12)} ${change.title}${right}`);
    const entries = shown?.entries.filter(({ entry }) => deciding.includes(entry.event)) ?? [];
    for (const { seq, entry } of entries)
      lines.push(`        entry ${seq.padStart(4)}  ${entry.event.padEnd(20)} ${entry.outcome}`);
    for (const line of [damageLine(shown), opinionLine(shown)]) if (line !== null) lines.push(`        ${line}`);
    if (outcome !== null && !wasDelivered(shown)) lines.push('        nothing was deployed, not even to staging');
    const usage = shown?.usage;
    if (usage)
      lines.push(
        `        ${usage.input_tokens} tokens in, ${usage.output_tokens} out, $${(usage.cost_microusd / 1_000_000).toFixed(4)}`,
      );
  }
  lines.push(
    '',
    `audit verify: ${audit.ok ? 'ok' : 'FAILED'}, ${audit.entries} entries, head ${audit.head?.seq ?? '-'}:${audit.head?.chainHash ?? '-'}`,
    `run pages     ${demo.serverUrl}/`,
    `Bull Board    ${demo.serverUrl}/admin/queues`,
    `metrics       ${demo.serverUrl}/metrics  ${demo.workerUrls.map((url) => `${url}/metrics`).join('  ')}`,
  );
  if (!input.keep)
    lines.push('Everything is stopped and removed now; `npm run demo -- --keep` leaves it running to look around.');
  if (demo.model !== null)
    lines.push(
      'The model was a scripted local server, so tokens are counted from text lengths and the cost is what the real one would bill.',
    );
  return lines;
}

function firstSentence(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 150 ? `${line.slice(0, 149)}…` : line;
}

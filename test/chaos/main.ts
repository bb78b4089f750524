import { copyFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readProcessesOf } from '../support/left-behind.ts';
import { type CampaignResult, runCampaign } from './campaign.ts';
import { startChaosFleet } from './chaos-fleet.ts';
import { collectEvidence, type Evidence } from './evidence.ts';
import { findViolations, type Violation } from './invariants.ts';
import { planChanges } from './schedule.ts';
import { timelineOf } from './timeline.ts';

/**
 * `npm run test:chaos -- --seed 7 --runs 200`: harms a fleet of its own and checks what it left on every side.
 * `--log FILE` keeps what its processes wrote; `--calm` harms nothing and shows where runs come by.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '24' },
    'in-flight': { type: 'string', default: '36' },
    log: { type: 'string' },
    calm: { type: 'boolean', default: false },
  },
});
const seed = readNumber('seed', values.seed);
const runs = readNumber('runs', values.runs);
const inFlight = readNumber('in-flight', values['in-flight']);
const MOST_TIMELINES = 5;

const startedAt = performance.now();
const say = (text: string) =>
  console.log(`[${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s] ${text}`);
say(`campaign: seed ${seed}, ${runs} runs, ${inFlight} in flight`);
const changes = planChanges(seed, runs);
const fleet = await startChaosFleet(seed, changes);
let ending: Promise<void> | null = null;
const end = () => {
  ending ??= fleet.close();
  return ending;
};
// Who ends a campaign by hand finds nothing of it left.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    say(`${signal}: ending what was started`);
    void end().finally(() => process.exit(130));
  });
const violations: Violation[] = [];
try {
  const campaign = await runCampaign(fleet, { seed, changes, inFlight, isCalm: values.calm, say });
  const evidence = await collectEvidence(fleet, campaign.acknowledged);
  violations.push(
    ...campaign.failures.map((what) => ({ invariant: 'campaign' as const, runId: null, what })),
    ...findViolations(evidence),
  );
  report(evidence, violations, campaign);
  const harmed = new Set(violations.flatMap((violation) => violation.runId ?? []));
  for (const runId of [...harmed].slice(0, MOST_TIMELINES))
    console.log(`\ntimeline of run ${runId}\n${timelineOf(runId, evidence, campaign.happenings).join('\n')}`);
} catch (error) {
  // The campaign of a fleet that is being ended fails on its way out.
  if (ending === null) throw error;
} finally {
  if (values.log !== undefined) await copyFile(fleet.logFile, values.log);
  await end();
}
for (const left of readProcessesOf(fleet.directory))
  violations.push({ invariant: 'end', runId: null, what: `process ${left} is left` });
for (const { invariant, runId, what } of violations) console.log(`VIOLATION ${invariant} ${runId ?? ''} ${what}`);
say(`${violations.length} violations (seed ${seed})`);
process.exitCode = violations.length === 0 ? 0 : 1;

function report(evidence: Evidence, found: readonly Violation[], { faults, operations }: CampaignResult): void {
  const outcomes = countBy(evidence.runs.map((run) => run.outcome ?? `still ${run.status}`));
  const ends = fleet.processes.map(({ name, ends: all }) => `${name} ${JSON.stringify(countBy(all))}`);
  const replies = countBy(evidence.modelRequests.map(({ reply }) => reply));
  const results = countBy(evidence.ledger.map(({ result }) => result));
  const kinds = new Map(changes.map(({ n, kind }) => [n, kind]));
  const ways = countBy(evidence.runs.map((run) => `${kinds.get(run.pr_number)}: ${run.outcome}`));
  say(`${evidence.runs.length} runs: ${JSON.stringify(outcomes)}`);
  say(`by kind: ${JSON.stringify(ways)}`);
  const rollbacks = countBy(evidence.rollbacks.map(({ status }) => status));
  say(`faults: ${JSON.stringify(faults)}`);
  say(`operations: ${JSON.stringify(operations)}, rollbacks: ${JSON.stringify(rollbacks)}`);
  say(`processes ended: ${ends.join(', ')}`);
  for (const line of describePoints(evidence.points)) say(line);
  say(`model: ${JSON.stringify(replies)}`);
  say(`target: ${JSON.stringify(results)}, ${evidence.entries.length} entries, ${found.length} violations`);
}

function describePoints(points: Evidence['points']): string[] {
  const named = (some: Evidence['points']) => some.map(({ point }) => point).join(' ') || 'none';
  const ordered = points.filter(({ ordered: times }) => times > 0);
  const died = points.filter(({ deaths }) => deaths.length > 0);
  const neverPassed = points.filter(({ passed }) => passed === 0);
  const spared = points.filter(({ passed, deaths }) => passed > 0 && deaths.length === 0);
  const share = Math.round((100 * died.length) / points.length);
  const deaths = points.reduce((sum, point) => sum + point.deaths.length, 0);
  return [
    `crash points: ${ordered.length} ordered, ${died.length} died (${share} % of ${points.length}, ${deaths} deaths), never passed: ${named(neverPassed)}`,
    `passed and nobody died there: ${named(spared)}`,
    `passages: ${points.map(({ point, passed }) => `${point} ${passed}`).join(', ')}`,
  ];
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name}: must be a whole number from 1`);
  return process.exit(2);
}

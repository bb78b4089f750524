import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { type VerifyResult, verifyLog } from '../audit/verify.ts';
import { type ApiClient, makeApiClient } from '../cli/api-client.ts';
import type { CliIo } from '../cli/cli-io.ts';
import { RunId } from '../ids.ts';
import { makeLogger } from '../log.ts';
import { packageRoot } from '../package-root.ts';
import { EnqueueRequest as EnqueueBody } from '../runs/run-desk.ts';
import { openDatabase } from '../store/open-database.ts';
import { type DemoChange, demoChanges } from './demo-changes.ts';
import { DEMO_REPO } from './demo-config.ts';
import { DECIDING_EVENTS, entryLine, type ShownRun, summaryLines } from './show-demo.ts';
import { type Demo, startDemo } from './start-demo.ts';

const POLL_MS = 400;
const LONGEST_MS = 10 * 60_000;

interface DemoRun {
  readonly pr: number;
  readonly change: DemoChange;
  readonly id: RunId;
  readonly headSha: string;
  lastSeq: bigint;
  outcome: string | null;
  shown: ShownRun | null;
}

export interface DemoOptions {
  /** Leave it running at the end, until a signal. */
  readonly keep: boolean;
  /** Told about each entry as it is seen, with the running demo. */
  readonly onEntry?: (demo: Demo, pr: number, event: string) => void;
}

/** Runs the four pull requests and tells what happened. Returns whether all ended as they should. */
export async function runDemo(io: CliIo, options: DemoOptions): Promise<boolean> {
  const startedAt = performance.now();
  const say = (text: string) => io.err(`[${seconds(startedAt)}] ${text}\n`);
  const log = makeLogger({ name: 'demo', level: 'error' });
  const demo = await startDemo({ log, say });
  try {
    say(
      demo.model === null
        ? 'using the real model (ANTHROPIC_API_KEY is set)'
        : 'no ANTHROPIC_API_KEY: a scripted Messages API on this machine answers, from the request’s text alone',
    );
    const ci = makeApiClient({ serverUrl: demo.serverUrl, token: demo.tokens.ci });
    const reviewer = makeApiClient({ serverUrl: demo.serverUrl, token: demo.tokens.reviewer });
    const runs = await enqueueAll(demo, ci, say);
    const onEntry = (pr: number, event: string) => options.onEntry?.(demo, pr, event);
    const ended = await follow({ runs, ci, reviewer, say, onEntry, signal: io.interrupted() });
    const ok = ended && (await tell(demo, runs, io, startedAt, options.keep));
    if (options.keep && !io.interrupted().aborted) await keepRunning(demo, io);
    return ok;
  } finally {
    say('stopping everything');
    await demo.close();
  }
}

/** Two as CI would through the command line, two through the HTTP API. */
async function enqueueAll(demo: Demo, ci: ApiClient, say: (text: string) => void): Promise<DemoRun[]> {
  const runs: DemoRun[] = [];
  for (const [index, change] of demoChanges.entries()) {
    const pr = index + 1;
    const headSha = demo.repository.heads[index];
    if (headSha === undefined) throw new Error(`change ${change.key} has no branch`);
    const id =
      index < 2 ? await enqueueByCommand(demo, change, pr, headSha) : await enqueueByApi(ci, change, pr, headSha);
    say(
      `PR ${pr} “${change.title}” enqueued ${index < 2 ? 'with the CLI' : 'over HTTP'}: ${demo.serverUrl}/runs/${id}`,
    );
    runs.push({ pr, change, id, headSha, lastSeq: -1n, outcome: null, shown: null });
  }
  return runs;
}

async function enqueueByCommand(demo: Demo, change: DemoChange, pr: number, headSha: string): Promise<RunId> {
  const args = [
    'enqueue',
    '--repo',
    DEMO_REPO,
    '--pr',
    String(pr),
    '--head',
    headSha,
    '--title',
    change.title,
    '--author',
    change.author.email,
    '--json',
  ];
  const { stdout } = await execa(process.execPath, [join(packageRoot, 'bin', 'slipway.js'), ...args], {
    env: demo.cliEnv,
    extendEnv: false,
  });
  return z.object({ run: z.object({ id: RunId }) }).parse(JSON.parse(stdout)).run.id;
}

async function enqueueByApi(ci: ApiClient, change: DemoChange, pr: number, headSha: string): Promise<RunId> {
  const body = { repo: DEMO_REPO, pr_number: pr, head_sha: headSha, title: change.title, author: change.author.email };
  const { run } = await ci.enqueue(EnqueueBody.parse(body), AbortSignal.timeout(10_000));
  return RunId.parse(run.id);
}

interface Following {
  readonly runs: DemoRun[];
  readonly ci: ApiClient;
  readonly reviewer: ApiClient;
  readonly say: (text: string) => void;
  readonly onEntry: (pr: number, event: string) => void;
  readonly signal: AbortSignal;
}

/** Prints every new entry, and decides as a second person would: the migration is approved, the leak rejected. */
async function follow({ runs, ci, reviewer, say, onEntry, signal }: Following): Promise<boolean> {
  const deadline = Date.now() + LONGEST_MS;
  const decided = new Set<number>();
  while (runs.some((run) => run.outcome === null)) {
    if (signal.aborted) return false;
    if (Date.now() > deadline) {
      say('giving up: not every run ended within ten minutes');
      return false;
    }
    for (const run of runs) {
      if (run.outcome !== null) continue;
      const detail = await ci.readRun(run.id, AbortSignal.timeout(15_000));
      run.shown = detail;
      for (const recorded of detail.entries) {
        if (BigInt(recorded.seq) <= run.lastSeq) continue;
        run.lastSeq = BigInt(recorded.seq);
        const line = entryLine(run.pr, recorded.entry);
        if (line !== null) say(line);
        onEntry(run.pr, recorded.entry.event);
      }
      run.outcome = detail.run.outcome;
      const waitsForPerson = detail.escalations.some((escalation) => escalation.decided_at === null);
      // The reviewer looks at the migration once the first change is through, so that it goes out on top of it.
      const turn = run.change.key !== 'migration' || runs[0]?.outcome !== null;
      if (waitsForPerson && turn && !decided.has(run.pr)) {
        decided.add(run.pr);
        await decide(run, reviewer);
      }
    }
    await wait(POLL_MS);
  }
  return true;
}

async function decide(run: DemoRun, reviewer: ApiClient): Promise<void> {
  const approve = run.change.key === 'migration';
  const reason = approve
    ? 'The column is nullable and the code reads it only when present.'
    : 'A credential is in the diff and /version is still used.';
  await reviewer.decide(
    run.id,
    { decision: approve ? 'approve' : 'reject', reason, head_sha: EnqueueBody.shape.head_sha.parse(run.headSha) },
    AbortSignal.timeout(10_000),
  );
}

const EXPECTED: Record<DemoChange['key'], string> = {
  good: 'deployed',
  breaks_in_production: 'rolled_back',
  migration: 'deployed',
  leak: 'rejected',
};

async function tell(
  demo: Demo,
  runs: readonly DemoRun[],
  io: CliIo,
  startedAt: number,
  keep: boolean,
): Promise<boolean> {
  const audit = await verifyDemo(demo);
  const asExpected = runs.every((run) => run.outcome === EXPECTED[run.change.key]);
  for (const line of summaryLines({
    demo,
    runs,
    expected: EXPECTED,
    audit,
    took: seconds(startedAt),
    keep,
    deciding: DECIDING_EVENTS,
  }))
    io.out(`${line}\n`);
  return asExpected && audit.ok;
}

async function verifyDemo(demo: Demo): Promise<VerifyResult> {
  const database = openDatabase(demo.databaseUrl, { poolSize: 1, log: makeLogger({ name: 'demo', level: 'error' }) });
  try {
    return await verifyLog(database.db);
  } finally {
    await database.close();
  }
}

async function keepRunning(demo: Demo, io: CliIo): Promise<void> {
  io.err(
    `\nstill running; log in at ${demo.serverUrl}/login with this reviewer token: ${demo.tokens.reviewer}\nCtrl-C stops everything\n`,
  );
  const signal = io.interrupted();
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(3)} s`;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { countCalibration, countGate, countSimulation } from '../../bench/support/count-history.ts';
import { POLICIES } from '../../bench/support/policies.ts';
import { makePolicyHistory } from '../../bench/support/policy-history.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { readRolloutReport } from '../../src/cli/rollout-status.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { makeCalibration } from '../../src/policy/calibrate.ts';
import { policySettings } from '../../src/policy/policy-settings.ts';
import { makeSimulation } from '../../src/policy/simulate.ts';
import { countDecidedRuns, readDecidedRuns } from '../../src/runs/read-decided-runs.ts';
import { openLog, PATIENT } from '../support/record.ts';
import { makeDatabase } from '../support/stores.ts';

const DAY_MS = 86_400_000;

it('counts a history of three policies as a plain loop and plain SQL do', { timeout: 280_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-history-'));
  const database = await makeDatabase();
  const { db, audit, close } = openLog(database.appUrl, { limitsMs: PATIENT });
  try {
    const policies = POLICIES.map((policy, index) => {
      const file = join(directory, `${index}.yaml`);
      writeFileSync(file, stringify(policy));
      return readConfig({ file, env: { SLIPWAY_DATA_DIR: directory, DATABASE_URL: database.appUrl } });
    });
    const newest = policies.at(-1);
    if (newest === undefined) throw new Error('there are no policies');
    const now = new Date();
    // More than two pages, and none of them full at the end.
    const made = await makePolicyHistory({ db, audit, policies }, { runs: 530, days: 30, now });
    expect(made.some(({ lost }) => lost) && made.some(({ takenBack }) => takenBack), 'all that may happen').toBe(true);

    const since = new Date(now.getTime() - 31 * DAY_MS);
    const simulation = makeSimulation((service) =>
      newest.services[service] === undefined ? null : policySettings(newest, service, newest.rollout.automated_pct),
    );
    const calibration = makeCalibration(0.1);
    const order: number[] = [];
    for await (const run of readDecidedRuns(db, since)) {
      simulation.add(run);
      calibration.add(run);
      order.push(run.pr_number);
    }
    expect(order, 'each once, the oldest first').toEqual([...new Set(order)].toSorted((a, b) => a - b));
    expect(await countDecidedRuns(db, since)).toBe(order.length);

    const simulated = simulation.result();
    const { runs, replayed, asked, moved, let_through, asked_in_vain } = simulated;
    const counted = { runs, replayed, before: asked.before.count, after: asked.after.count, moved: moved.length };
    expect({ ...counted, let_through, asked_in_vain }).toEqual(countSimulation(made, newest));
    const { labelled, rows } = calibration.result();
    expect({ runs, labelled, missed: rows.map(({ miss }) => miss.count) }).toEqual(countCalibration(made));

    const { rows: reasons } = await sql<{ code: string; n: number }>`
      select reason ->> 'code' as code, count(distinct r.id)::int as n
      from slipway.runs r join audit.entry e on e.trace_id = r.id and e.event = 'review_evaluation',
        jsonb_array_elements(e.body::jsonb -> 'payload' -> 'reasons') as reason
      where not r.dry_run and r.service in ('shop', 'ledger') group by 1 order by 1`.execute(db);
    const small = new Set(reasons.map(({ code }) => code));
    const inEntries = (code: string) =>
      made.filter(
        (run) => !run.dryRun && run.service !== 'legacy' && run.reasons.includes(code) && run.case.files.length < 100,
      ).length;
    for (const { code, n } of reasons) expect([code, n]).toEqual([code, inEntries(code)]);
    for (const { code, before } of simulated.reasons.filter(({ before: n }) => n > 0)) {
      expect(small).toContain(code);
      expect(before).toBeGreaterThanOrEqual(inEntries(code));
    }

    const report = await readRolloutReport(db, newest, { err: () => {}, live: false }, now);
    expect({ reviewed: report.figures.reviewed, escalated: report.figures.escalated.count }).toEqual(
      countGate(made, newest, now),
    );
    expect(report.gate).toMatchObject({ kind: 'refused', next: 50 });
    expect(await verifyLog(db)).toMatchObject({ ok: true, problems: [] });
  } finally {
    await close();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  }
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuditLog } from '../../src/audit/make-audit-log.ts';
import { RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import type { RunDesk } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { countStatements } from '../support/counted-statements.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { makeToken, signIn, startTestServer, type TestServer } from '../support/http-server.ts';
import { openManyQuestions } from '../support/open-many-questions.ts';
import { REQUIRED } from '../support/record.ts';

describe('the inbox of a busy fleet', () => {
  let bench: DeskBench;
  let server: TestServer;
  let runs: Run[];
  let cookie: string;
  let runDesk: RunDesk;
  let answered: () => number;

  beforeAll(async () => {
    bench = await startDeskBench();
    runs = await openManyQuestions(bench, 60);
    const counted = countStatements(bench.ground.db);
    answered = counted.answered;
    const log = makeLogger({ level: 'silent', name: 'test' });
    const audit = makeAuditLog({
      db: counted.db,
      config: { profile: 'production' },
      requiredFields: REQUIRED,
      version: 'slipway/0.0.0-test',
      now: () => new Date(),
      auditLogger: log as never,
      log,
    });
    runDesk = makeRunDesk({
      ...bench.ground,
      db: counted.db,
      audit,
      config: bench.config,
      repository: { isAncestor: () => Promise.resolve(false) },
    });
    server = await startTestServer(bench.ground.db, { runDesk });
    ({ cookie } = await signIn(server.url, await makeToken(bench.ground.db, ['read', 'decide'], 'mara')));
  });
  afterAll(async () => {
    await server.close(0);
    await bench.ground.close();
  });

  const open = async (path: string) => {
    const before = answered();
    const html = await (await fetch(server.url + path, { headers: { cookie, accept: 'text/html' } })).text();
    const titles = [...html.matchAll(/question-title"><bdi>Change (\d+)</g)].map((match) => Number(match[1]));
    return { html, titles, statements: answered() - before };
  };

  it('has every question on one of its pages: what ends within the hour and emergencies, then what the viewer owns, then the nearest deadline', async () => {
    const seen: number[] = [];
    for (let path: string | undefined = '/'; path !== undefined; ) {
      const { html, titles } = await open(path);
      seen.push(...titles);
      path = /<a class="button" rel="next" href="([^"]+from=\d+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toHaveLength(60);
    const numbers = runs.map((_, index) => index + 1);
    const urgent = numbers.filter((n) => n === 1 || (n - 1) % 20 === 7);
    const owned = numbers.filter((n) => (n - 1) % 5 === 0 && !urgent.includes(n));
    const rest = numbers.filter((n) => !urgent.includes(n) && !owned.includes(n));
    expect(seen).toEqual([...urgent, ...owned, ...rest]);
  });

  it('shows of them what is asked for: a service, an owner, a kind', async () => {
    expect((await open('/?service=api&owner=mara')).titles).toEqual([1, 16, 31, 46]);
    expect((await open('/?kind=Emergency')).titles).toEqual([8, 28, 48]);
    expect((await open('/?kind=Staging&service=api')).titles).toEqual([]);
  });

  it('says how many people are needed and who approved, by the record', async () => {
    const [run] = runs;
    const question = (await runDesk.openQuestions()).find((one) => one.run.id === run?.id);
    const page = (await runDesk.view(RunId.parse(run?.id)))?.escalations[0];
    expect(question).toMatchObject({ approvals_needed: page?.approvals_needed, approvals: page?.approvals });
    expect(question?.excluded_approvers).toEqual(['nina']);
    expect(question?.reasons).toEqual([{ code: 'risk_score', text: 'risky 0' }]);
  });

  it('takes as many statements for sixty questions as for a few', async () => {
    const many = await open('/');
    await bench.ground.db
      .updateTable('slipway.escalations')
      .set({ decided_at: new Date() })
      .where(
        'run_id',
        'not in',
        runs.slice(0, 3).map(({ id }) => id),
      )
      .execute();
    const few = await open('/');
    expect(few.titles).toHaveLength(3);
    expect(many.statements).toBe(few.statements);
  });
});

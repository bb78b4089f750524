import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RunId, type Sha } from '../../src/ids.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { askReview } from '../support/ask-review.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { makeSha } from '../support/record.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

/** A head whose only commit says that tomas wrote it; a person is asked. Who first asked for it named tomas too. */
async function asking(head: Sha = makeSha()): Promise<Run> {
  const run = await askReview(bench, inHours(1), { author: 'tomas', head_sha: head });
  await openRecord(bench.ground.audit, run).append({
    stage: 'review',
    step: 'resolve',
    event: 'change_resolved',
    rationale: 'resolved',
    outcome: 'resolved',
    payload: { contributors: [{ name: 'Tomas', email: 'tomas@example.com' }] },
  });
  return run;
}
const approve = (run: Run, name: string) =>
  bench.desk.decide(
    RunId.parse(run.id),
    { decision: 'approve', reason: 'looked at it', head_sha: run.head_sha as Sha },
    person(name),
  );
const ask = (run: Run, over: object) =>
  bench.desk.enqueue(bench.request({ head_sha: run.head_sha as Sha, ...over }), CI);
const claims = async (run: Run) =>
  (await bench.ground.audit.list(RunId.parse(run.id))).flatMap(({ entry }) =>
    entry.event === 'author_claimed' ? [[entry.n, entry.payload['author'], entry.payload['pusher']]] : [],
  );

it('who is named by a later request for the same head may not approve it either, and the record says so', async () => {
  const run = await asking();
  expect(await ask(run, { author: 'nina', pusher: 'mara' })).toMatchObject({ kind: 'exists', run: { id: run.id } });
  for (const name of ['nina', 'mara', 'tomas'])
    expect(await approve(run, name)).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
  expect(await claims(run)).toEqual([[0, 'nina', 'mara']]);
  expect(await approve(run, 'jonas')).toMatchObject({ kind: 'recorded', decision: 'approve' });
});

it('a request that names nobody new adds nothing', async () => {
  const run = await asking();
  await ask(run, { author: 'Tomas' });
  await ask(run, { author: 'tomas', pusher: ' tomas' });
  expect(await claims(run)).toEqual([]);
});

it('requests at the same moment with different authors are all counted, each once', async () => {
  const head = makeSha();
  const authors = ['nina', 'uma', 'mara', 'jonas'];
  await Promise.all(
    [...authors, ...authors].map((author) => bench.desk.enqueue(bench.request({ head_sha: head, author }), CI)),
  );
  const [run, ...others] = await bench.desk.list({ head_sha: head, limit: 50 });
  if (run === undefined) throw new Error('there is no run');
  expect(others).toEqual([]);
  const named = [run.author, ...(await claims(run)).map(([, author]) => author)];
  expect(named).toHaveLength(authors.length);
  expect(new Set(named)).toEqual(new Set(authors));
});

it('the same head in another pull request, under another name, lets nobody approve what is theirs', async () => {
  const head = makeSha();
  const first = await asking(head);
  await ask(first, { author: 'uma' });
  bench.pr++;
  await bench.enqueue({ author: 'nina', head_sha: head });
  bench.pr++;
  const run = await asking(head);
  for (const name of ['nina', 'uma'])
    expect(await approve(run, name)).toMatchObject({ kind: 'refused', why: 'wrote_the_change' });
  expect(await approve(run, 'mara')).toMatchObject({ kind: 'recorded', decision: 'approve' });
});

it('somebody unknown or an agent, named later, makes it take two people; an approval given before counts on', async () => {
  const run = await asking();
  await ask(run, { author: 'somebody-else' });
  await ask(run, { author: 'tomas', pusher: 'renovate[bot]' });
  expect(await approve(run, 'mara')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
  expect(await approve(run, 'jonas')).toMatchObject({ kind: 'recorded', decision: 'approve', approvals: 2 });
});

it('an approval of who is named afterwards is void', async () => {
  const run = await asking();
  await ask(run, { author: 'somebody-else' });
  expect(await approve(run, 'mara')).toMatchObject({ approvals: 1, needed: 2 });
  await ask(run, { author: 'tomas', pusher: 'mara' });
  expect(await approve(run, 'jonas')).toEqual({ kind: 'recorded', decision: null, approvals: 1, needed: 2 });
  expect(await approve(run, 'uma')).toMatchObject({ kind: 'recorded', decision: 'approve', approvals: 2 });
});

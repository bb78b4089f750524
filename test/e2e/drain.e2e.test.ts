import { expect, it } from 'vitest';
import { RunId } from '../../src/ids.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { eventually } from '../support/eventually.ts';
import { readProcessesOf } from '../support/left-behind.ts';
import { startSmallFleet } from '../support/small-fleet.ts';

/** No test mentions the function, so one is generated and run; and that one never ends by itself. */
const ENDLESS = `/**
 * Counts for ever.
 *
 * @example countUp(1) // => 2
 */
export function countUp(from) {
  for (let n = from; ; n++) if (n < 0) return n;
}
`;

it('SIGTERM with a test in the sandbox: exit 0, nothing of it is left, and the step goes on elsewhere without a lost attempt', async () => {
  const fleet = await startSmallFleet([
    {
      key: 'good',
      title: 'Count up',
      branch: 'count-up',
      author: { name: 'Nina Okafor', email: 'nina@example.com' },
      message: 'Count up\n',
      files: () => ({ 'src/count-up.js': ENDLESS }),
    },
  ]);
  try {
    const ci = await fleet.token('ci', ['enqueue', 'read']);
    const [head = ''] = fleet.repository.heads;
    const body = { repo: 'acme/sample-service', pr_number: 1, head_sha: head, title: 'Count up', author: 'nina' };
    const { body: answer } = await fleet.ask('/v1/runs', ci, body);
    const id = RunId.parse((answer as { run: { id: string } }).run.id);
    const sandboxes = () => readProcessesOf(fleet.directory).filter((process) => process.includes('test/slipway'));
    const running = () =>
      readProcessesOf('/').filter((process) => /--test-reporter=tap/.test(process) && /bwrap/.test(process));
    await eventually(
      'a generated test runs and does not end',
      async () => {
        const entries = await fleet.core.audit.list(id);
        const intended = entries.filter(({ entry }) => entry.event === 'sandbox_run.intended').length;
        const ended = entries.filter(({ entry }) => entry.event === 'sandbox_run.completed').length;
        // The first attempt cannot load its source; the second one is the endless one.
        return intended === 2 && ended === 1 && running().length > 0;
      },
      120_000,
    );
    await fleet.worker.stop();
    expect(await fleet.worker.ended).toBe('exit 0');
    expect(sandboxes()).toEqual([]);
    await eventually('the sandbox is gone', () => running().length === 0);
    const job = await fleet.core.queues.byName['test-gen'].getJob(stageJobId(id, 'test-gen'));
    expect([await job?.getState(), job?.attemptsMade]).toEqual(['waiting', 0]);
  } finally {
    await fleet.close();
  }
});

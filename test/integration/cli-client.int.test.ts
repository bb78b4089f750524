import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { makeApiClient } from '../../src/cli/api-client.ts';
import { followRun, type Progress } from '../../src/cli/follow-run.ts';
import { packageRoot } from '../../src/package-root.ts';
import { makePolicyRecord } from '../support/http-seeds.ts';
import { makeRun } from '../support/make-run-json.ts';
import { makeEntry, makeEscalation, problem, withScriptedServer } from '../support/scripted-server.ts';
import { runInProcess } from '../unit/cli/fake-io.ts';

const run = makeRun({});
const change = [
  '--repo',
  'acme/shop',
  '--pr',
  '7',
  '--head',
  'a'.repeat(40),
  '--author',
  'ada',
  '--title',
  'Faster search',
];

/** The command as CI calls it: a process of its own, told by its environment alone. */
async function slipway(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(packageRoot, 'bin/slipway.js'), ...args], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, exitCode: Number(exitCode) };
}

describe('slipway enqueue, as a process', () => {
  it('waits to the outcome with the token of a file, shows every step once, and tells CI', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
    const [tokenFile, outputs, summary] = ['token', 'outputs', 'summary'].map((name) => join(directory, name));
    writeFileSync(tokenFile ?? '', 'a-token\n', { mode: 0o600 });
    try {
      await withScriptedServer(run, async ({ url, script, asked }) => {
        const opened = makeEntry(run, 5, 'run_enqueued', { stage: 'enqueue', outcome: 'queued' });
        const reviewed = makeEntry(run, 6, 'review_evaluation', { outcome: 'automated' });
        const released = makeEntry(run, 9, 'production_release', { stage: 'release', outcome: 'deployed' });
        script.entries = [opened];
        script.onStream = ({ send }) => {
          send(opened);
          send(reviewed);
          script.entries = [opened, reviewed, released];
          script.run = makeRun({ route: 'automated', status: 'finished', outcome: 'deployed', risk_score: 1.5 });
          send(released);
        };
        const args = [
          'enqueue',
          ...change,
          '--wait',
          '--json',
          '--outputs-file',
          outputs ?? '',
          '--summary-file',
          summary ?? '',
        ];
        const { out, err, exitCode } = await slipway(args, { SLIPWAY_URL: url, SLIPWAY_TOKEN_FILE: tokenFile ?? '' });
        expect(err.match(/pr\.opened|review\.complete|release\.deployed/g)).toEqual([
          'pr.opened',
          'review.complete',
          'release.deployed',
        ]);
        expect(JSON.parse(out)).toMatchObject({
          created: true,
          exit_code: 0,
          url: `${url}/runs/${run.id}`,
          run: { outcome: 'deployed' },
        });
        expect(exitCode).toBe(0);
        expect(asked[0]).toMatchObject({
          method: 'POST',
          headers: { authorization: 'Bearer a-token' },
          body: {
            repo: 'acme/shop',
            pr_number: 7,
            author: 'ada',
            title: 'Faster search',
            again: false,
            dry_run: false,
          },
        });
        expect(readFileSync(outputs ?? '', 'utf8')).toContain(`run_id=${run.id}\noutcome=deployed\n`);
        expect(readFileSync(summary ?? '', 'utf8')).toContain('| Outcome | deployed |');
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('ends with 3 when a person is awaited, and says where', async () => {
    await withScriptedServer(run, async ({ url, script }) => {
      script.run = makeRun({ route: 'human', status: 'waiting', waiting_for: 'a decision', risk_score: 8 });
      script.escalations = [makeEscalation(run)];
      const { out, err, exitCode } = await slipway(['enqueue', ...change, '--wait', '--until', 'reviewed'], {
        SLIPWAY_URL: url,
      });
      expect(exitCode).toBe(3);
      expect(err).toContain(`a person is awaited: ${url}/runs/${run.id}`);
      expect(out).toBe('acme/shop#7 aaaaaaaaaa review: waiting for a decision\n');
    });
  });

  it('names SLIPWAY_URL when nobody listens there, and ends with 1', async () => {
    let gone = '';
    await withScriptedServer(run, async ({ url }) => void (gone = url));
    const { out, err, exitCode } = await slipway(['enqueue', ...change], { SLIPWAY_URL: gone });
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 });
    expect(err).toContain(`cannot reach the Slipway server at ${gone}: connection refused`);
    expect(err).toContain('SLIPWAY_URL or --url says where');
  });
});

describe('slipway enqueue', () => {
  it('gives up after --timeout with 124; the run goes on', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      const seen = await runInProcess('enqueue', ...change, '--wait', '--timeout', '1s', '--url', url);
      expect(seen.exitCode).toBe(124);
      expect(seen.err).toContain(`slipway watch ${run.id}`);
      expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
      expect(script.run.outcome).toBeNull();
    });
  });

  it('starts without waiting, and says whether the run was there', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      const first = await runInProcess('enqueue', ...change, '--service', 'shop', '--again', '--dry-run', '--url', url);
      expect(first).toMatchObject({ exitCode: 0, err: '', out: expect.stringMatching(/^started {2}0123456789abcdef/) });
      expect(asked[0]?.body).toMatchObject({ service: 'shop', again: true, dry_run: true });
      script.answer = () => ({ status: 200, body: { run } });
      const second = await runInProcess('enqueue', ...change, '--json', '--url', url);
      expect(JSON.parse(second.out)).toMatchObject({ created: false });
    });
  });

  it('ends with 8 for an older head and shows the current run', async () => {
    await withScriptedServer(run, async ({ url, script }) => {
      const current = makeRun({ head_sha: 'b'.repeat(40) });
      script.answer = () =>
        problem(409, 'older_head', 'A newer head of this pull request already has a run.', { current });
      const seen = await runInProcess('enqueue', ...change, '--wait', '--json', '--url', url);
      expect(seen.exitCode).toBe(8);
      expect(seen.err).toContain('A newer head of this pull request already has a run.');
      expect(JSON.parse(seen.out)).toMatchObject({
        error: { status: 409, code: 'older_head', current: { id: current.id } },
      });
    });
  });

  it.each([
    [
      problem(400, 'invalid_input', 'x', { errors: [{ field: 'service', problem: 'is unknown', fix: 'one of shop' }] }),
      2,
      'service: is unknown (one of shop)',
    ],
    [problem(401, 'unauthorized', 'A token is needed.'), 2, 'set SLIPWAY_TOKEN or SLIPWAY_TOKEN_FILE'],
    [problem(403, 'forbidden', 'The token lacks the scope enqueue.'), 2, 'lacks the scope enqueue'],
    [problem(503, 'store_down', 'The store is out of reach.'), 1, 'The store is out of reach.'],
    [{ status: 200, body: { hello: 'world' } }, 1, "answered something that is not Slipway's API"],
    [{ status: 500, body: 'oops' }, 1, 'answered 500'],
  ])('tells a refusal: %j', async (answer, exitCode, said) => {
    await withScriptedServer(run, async ({ url, script }) => {
      script.answer = () => answer;
      const seen = await runInProcess('enqueue', ...change, '--url', url);
      expect(seen.err).toContain(said);
      expect({ out: seen.out, exitCode: seen.exitCode }).toEqual({ out: '', exitCode });
    });
  });

  it('never follows a redirect with its token', async () => {
    await withScriptedServer(run, async ({ url: elsewhere, asked }) => {
      await withScriptedServer(run, async ({ url, script }) => {
        script.redirect = `${elsewhere}/v1/runs`;
        expect((await runInProcess('enqueue', ...change, '--url', url)).exitCode).toBe(1);
      });
      expect(asked).toEqual([]);
    });
  });
});

describe('following a run', () => {
  it('comes back to a stream that broke with the last id it saw, and misses and repeats nothing', async () => {
    await withScriptedServer(run, async ({ url, script }) => {
      const entries = [11, 12, 13].map((seq) => makeEntry(run, seq, 'canary_tick', { stage: 'canary', n: seq }));
      const resumed: string[] = [];
      let breakOff: () => void = () => undefined;
      script.onStream = (stream) => {
        resumed.push(stream.lastSeq);
        breakOff = stream.break;
        const next = entries.find(({ seq }) => BigInt(seq) > BigInt(stream.lastSeq));
        if (next !== undefined) stream.send(next);
      };
      const steps: Progress[] = [];
      const client = makeApiClient({ serverUrl: url, token: undefined });
      const { result } = await followRun(client, run.id, {
        decide: (state) => state.run.outcome ?? undefined,
        onProgress: (step) => {
          steps.push(step);
          if (step.seq === '13') script.run = makeRun({ outcome: 'rolled_back', status: 'finished' });
          breakOff();
        },
        signal: new AbortController().signal,
        pollMs: 20,
      });
      expect(result).toBe('rolled_back');
      expect(steps.map(({ seq }) => seq)).toEqual(['11', '12', '13']);
      expect(resumed.slice(0, 3)).toEqual(['0', '11', '12']);
    });
  });

  it('outlives a server that is away for a while, also without a stream', async () => {
    await withScriptedServer(run, async ({ url, script }) => {
      const troubles: string[] = [];
      let asks = 0;
      script.onStream = ({ break: breakOff }) => breakOff();
      script.answer = () => {
        asks += 1;
        if (asks < 3) return problem(503, 'store_down', 'The store is out of reach.');
        script.run = makeRun({ outcome: 'deployed', status: 'finished' });
        return undefined;
      };
      const client = makeApiClient({ serverUrl: url, token: undefined });
      const { result } = await followRun(client, run.id, {
        decide: (state) => state.run.outcome ?? undefined,
        onProgress: () => undefined,
        onTrouble: (message) => troubles.push(message),
        signal: new AbortController().signal,
        pollMs: 5,
      });
      expect(result).toBe('deployed');
      expect(troubles).toEqual(['The store is out of reach.', 'The store is out of reach.']);
    });
  });

  it('watch exits as the outcome says, one JSON document a line', async () => {
    await withScriptedServer(makeRun({ outcome: 'rolled_back', status: 'finished' }), async ({ url, script }) => {
      script.entries = [
        makeEntry(run, 3, 'run_enqueued'),
        makeEntry(run, 4, 'autonomous_rollback', { stage: 'canary' }),
      ];
      const seen = await runInProcess('watch', run.id, '--json', '--url', url);
      expect(seen.exitCode).toBe(6);
      const lines = seen.out
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      expect(lines).toMatchObject([
        { seq: '3', event: 'pr.opened' },
        { seq: '4', event: 'canary.rolled_back' },
      ]);
    });
  });
});

describe('looking and deciding', () => {
  it('lists runs by a filter, and shows one with what it waits for', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      const list = await runInProcess('status', '--repo', 'acme/shop', '--pr', '7', '--limit', '5', '--url', url);
      expect(list.out).toMatch(
        /^RUN .*\n0123456789abcdef0123456789abcdef {2}acme\/shop#7 {2}aaaaaaaaaa {2}review: running/,
      );
      expect(asked[0]?.path).toBe('/v1/runs?repo=acme%2Fshop&pr_number=7&limit=5');
      script.escalations = [makeEscalation(run)];
      const one = await runInProcess('status', run.id, '--url', url);
      expect(one.out).toContain('tokens        1200 in, 300 out, $0.0081\n');
      expect(one.out).toContain('waiting for a person until 2026-11-26T10:00:00.000Z, 0 of 1 approvals');
      expect(JSON.parse((await runInProcess('status', run.id, '--json', '--url', url)).out)).toMatchObject({
        run: { id: run.id },
      });
    });
  });

  it('shows what a person is asked about, and why staging let nothing through, with the first lines of what was seen', async () => {
    await withScriptedServer(makeRun({ route: 'human', status: 'waiting' }), async ({ url, script }) => {
      const output = Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n');
      const text = `the migrations failed: up ended with exit code 1 after ALTER TABLE items\n\u001b[2J${output}`;
      const asked = makeEscalation(run, { stage: 'staging', reasons: ['migration_failed'] });
      script.escalations = [{ ...asked, package: { ...asked.package, reasons: [{ code: 'migration_failed', text }] } }];
      const waiting = await runInProcess('status', run.id, '--url', url);
      expect(waiting.out).toContain(
        '  migration_failed: the migrations failed: up ended with exit code 1 after ALTER TABLE items\n',
      );
      expect(waiting.out).toContain('    line 6\n    … 13 more lines on its page\n');
      expect(waiting.out).not.toContain('\u001b');

      script.run = makeRun({ status: 'finished', outcome: 'blocked', outcome_reason: 'contract_failed' });
      script.escalations = [{ ...asked, decision: 'reject' }];
      const rationale = 'contract GET /items: answered 500\nexpected 200';
      script.entries = [
        makeEntry(run, 8, 'staging_rejection', { stage: 'staging', outcome: 'contract_failed', rationale }),
      ];
      const blocked = await runInProcess('status', run.id, '--url', url);
      expect(blocked.out).toContain('  contract_failed: contract GET /items: answered 500\n    expected 200\n');
      // What staging refused in a round before says nothing of a run that went on.
      script.run = makeRun({ status: 'finished', outcome: 'deployed' });
      expect((await runInProcess('status', run.id, '--url', url)).out).not.toContain('contract GET');
    });
  });

  it('lists what was to be told outside, and has what was given up sent again, with a reason', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      const id = `${run.id}.reminder.staging.1.slack`;
      const notification = {
        id,
        run_id: run.id,
        subject: 'reminder.staging.1',
        channel: 'slack',
        status: 'dead',
        attempts: 10,
        resends: 0,
        problem: 'answered 404',
        created_at: '2026-11-26T10:00:00.000Z',
      };
      script.answer = ({ method }) =>
        method === 'POST'
          ? { status: 200, body: { notification: { ...notification, status: 'pending', attempts: 0, resends: 1 } } }
          : { status: 200, body: { notifications: [notification] } };
      const list = await runInProcess('notifications', 'list', '--status', 'dead', '--url', url);
      expect(list.out).toMatch(new RegExp(`${id} {2}given up {2}10 +0 +2026-11-26 10:00 {2}answered 404`));
      const again = await runInProcess('notifications', 'resend', id, '--reason', 'mended', '--url', url);
      expect(again.exitCode).toBe(0);
      expect(asked.map(({ path, body }) => ({ path, body }))).toMatchObject([
        { path: '/v1/notifications?status=dead' },
        { path: `/v1/notifications/${id}/resend`, body: { reason: 'mended' } },
      ]);
      script.answer = () => problem(409, 'already_taken', 'the slack took it; nothing is to be sent again');
      const refused = await runInProcess('notifications', 'resend', id, '--reason', 'mended', '--url', url);
      expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('the slack took it')]);
    });
  });

  it('sends a decision with the head of the run, and no other', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      script.answer = ({ method }) =>
        method === 'POST' ? { status: 200, body: { decision: 'approve', approvals: 1, needed: 1 } } : undefined;
      const seen = await runInProcess('approve', run.id, '--reason', 'looked at it', '--url', url);
      expect(seen).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^decided: approve/) });
      const posts = () => asked.filter(({ method }) => method === 'POST');
      expect(posts()).toMatchObject([
        {
          path: `/v1/runs/${run.id}/decision`,
          body: { decision: 'approve', reason: 'looked at it', head_sha: run.head_sha },
        },
      ]);
      const other = await runInProcess('approve', run.id, '--reason', 'x', '--head', 'b'.repeat(40), '--url', url);
      expect(other).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining(`--head: the run is of ${run.head_sha}`),
      });
      expect(posts()).toHaveLength(1);
      script.answer = ({ method }) =>
        method === 'POST' ? { status: 200, body: { decision: null, approvals: 1, needed: 2 } } : undefined;
      const first = await runInProcess('approve', run.id, '--reason', 'x', '--url', url);
      expect(first.out).toContain('recorded; 1 more approval needed');
    });
  });

  it('says why a decision does not stand', async () => {
    await withScriptedServer(run, async ({ url, script }) => {
      script.answer = ({ method }) =>
        method === 'POST' ? problem(403, 'wrote_the_change', 'ada wrote a part of the change.') : undefined;
      const seen = await runInProcess('reject', run.id, '--reason', 'x', '--url', url);
      expect(seen).toMatchObject({ exitCode: 2, err: 'error: ada wrote a part of the change.\n' });
    });
  });

  it('stops a run, and shows its record', async () => {
    await withScriptedServer(run, async ({ url, script, asked }) => {
      script.answer = ({ method }) => (method === 'POST' ? { status: 202, body: { status: 'stopping' } } : undefined);
      const stopped = await runInProcess('cancel', run.id, '--reason', 'wrong branch', '--url', url);
      expect(stopped.out).toContain('stopping');
      expect(asked[0]).toMatchObject({ path: `/v1/runs/${run.id}/cancel`, body: { reason: 'wrong branch' } });
      script.entries = [
        makeEntry(run, 3, 'review_evaluation', { risk_score: 2, actor: { kind: 'agent', id: 'model' } }),
      ];
      const shown = await runInProcess('audit', 'show', run.id, '--url', url);
      expect(shown.out).toContain(
        '     3  2026-11-23T10:00:00.000Z  review_evaluation  recorded  agent model  risk 2.0\n',
      );
      expect(shown.out).toContain(`chain ${'c'.repeat(64)}`);
    });
  });

  it('says that a run is unknown', async () => {
    await withScriptedServer(run, async ({ url }) => {
      const seen = await runInProcess('status', 'f'.repeat(32), '--url', url);
      expect(seen).toMatchObject({ exitCode: 2, out: '', err: 'error: No such run.\n' });
    });
  });
});

describe('slipway policy explain', () => {
  const score = {
    total: 6.5,
    terms: [
      { label: 'a new outside service is called', points: 6 },
      { label: 'also: dependencies change', points: 0.5 },
    ],
    floors: [
      { label: 'a new outside service is called', points: 6 },
      { label: 'dependencies change', points: 4 },
      { label: 'type of change: feature', points: 2 },
    ],
  };

  async function explain(more: object) {
    const said = { out: '', exitCode: -1 };
    await withScriptedServer(run, async ({ url, script }) => {
      const { answer } = script;
      script.answer = (asked) => {
        if (asked.path !== `/v1/runs/${run.id}`) return answer(asked);
        const usage = { input_tokens: 0, output_tokens: 0, cost_microusd: 0 };
        const why_waiting = { kind: 'human', text: 'a person decides' };
        const body = { run, why_waiting, policy: makePolicyRecord(), entries: [], escalations: [], usage, ...more };
        return { status: 200, body };
      };
      Object.assign(said, await slipway(['policy', 'explain', run.id], { SLIPWAY_URL: url, SLIPWAY_TOKEN: 'a-token' }));
    });
    return said;
  }

  it('prints threshold and score as sums, and every floor by itself', async () => {
    const { out, exitCode } = await explain({ score });
    expect(out).toContain('threshold     5.5 = 7.0 base, −1.0 tier critical, −0.5 2 rollbacks in 30 days');
    expect(out.split('\n').filter((line) => /^(score|floor) /.test(line))).toEqual([
      'score          6.0  a new outside service is called',
      'score          0.5  also: dependencies change',
      'score          6.5  in all',
      'floor          6.0  at least, for a new outside service is called',
      'floor          4.0  at least, for dependencies change',
      'floor          2.0  at least, for type of change: feature',
    ]);
    expect(exitCode).toBe(0);
  });

  it('says what it has when the server is older and sends no sum', async () => {
    const { out, exitCode } = await explain({});
    expect(out).toContain('threshold     5.5');
    expect(out).not.toMatch(/^score /m);
    expect(exitCode).toBe(0);
  });
});

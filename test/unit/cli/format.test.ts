import { describe, expect, it } from 'vitest';
import { describeRun, formatRun } from '../../../src/cli/format-run.ts';
import { formatTable } from '../../../src/cli/format-table.ts';
import { formatUsage } from '../../../src/cli/format-usage.ts';
import { parseDuration } from '../../../src/cli/parse-duration.ts';
import { printable, shorten } from '../../../src/cli/printable.ts';
import { makeProgressView, progressLine } from '../../../src/cli/show-progress.ts';
import { formatOutputs, formatSummary } from '../../../src/cli/write-ci-files.ts';
import { makeRun } from '../../support/make-run-json.ts';
import { makeFakeIo } from './fake-io.ts';

describe('threat 18: text of a change on a terminal', () => {
  it('keeps no escape sequence, line break or mark that reverses direction', () => {
    expect(printable('a\u001b[2Jb\r\nc\u202ed\u2028e\u009bf')).toBe('a [2Jb c d e f');
  });

  it('cannot forge a line of a table, a step or a run', () => {
    const evil = 'x\nok: deployed\u001b[1A';
    expect(formatTable(['A'], [[evil]]).split('\n')).toHaveLength(3);
    expect(progressLine({ seq: '1', event: evil, stage: evil, outcome: evil, rationale: evil, at: 'x' })).not.toMatch(
      /\p{Cc}/u,
    );
    expect(describeRun(makeRun({ outcome_reason: evil, outcome: 'failed' }))).not.toMatch(/\p{Cc}/u);
    expect(
      formatRun(makeRun({ title: evil }), evil, 'http://h')
        .split('\n')
        .filter((line) => line.startsWith('ok:')),
    ).toEqual([]);
  });

  it('cannot add an output or markup to CI', () => {
    const run = makeRun({ title: '](http://evil)<img src=x> | a\n# b', outcome: 'failed\nrun_id=1' });
    const report = { run, exitCode: 7, serverUrl: 'http://h' };
    expect(
      formatOutputs(report)
        .split('\n')
        .filter((line) => line.startsWith('run_id=')),
    ).toEqual([`run_id=${run.id}`]);
    const summary = formatSummary(report);
    expect(summary).not.toContain('](http://evil');
    expect(summary).not.toContain('<img');
    expect(summary.split('\n').filter((line) => line.startsWith('# b'))).toEqual([]);
  });
});

describe('what is printed', () => {
  it('aligns columns', () => {
    expect(
      formatTable(
        ['RUN', 'STATE'],
        [
          ['a', 'b'],
          ['long', 'c'],
        ],
      ),
    ).toBe('RUN   STATE\na     b\nlong  c\n');
  });

  it('cuts by characters, not by halves of them', () => {
    expect(shorten('ab😀cd', 4)).toBe('ab😀…');
    expect(shorten('abcd', 4)).toBe('abcd');
  });

  it('says where a run is or what became of it', () => {
    expect(describeRun(makeRun({ waiting_for: 'a person' }))).toBe(
      'acme/shop#7 aaaaaaaaaa review: waiting for a person',
    );
    expect(describeRun(makeRun({ outcome: 'blocked', outcome_reason: 'unknown_sha', dry_run: true }))).toBe(
      'acme/shop#7 aaaaaaaaaa [dry run] blocked (unknown_sha)',
    );
  });

  it('gives CI its outputs', () => {
    const run = makeRun({ outcome: 'deployed', route: 'automated', risk_score: 2.5 });
    expect(formatOutputs({ run, exitCode: 0, serverUrl: 'https://s' })).toBe(
      `run_id=${run.id}\noutcome=deployed\nroute=automated\nrisk_score=2.5\nurl=https://s/runs/${run.id}\nexit_code=0\n`,
    );
  });

  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
  ])('reads the duration %s', (text, ms) => expect(parseDuration(text)).toBe(ms));
});

describe('the live line', () => {
  const step = {
    seq: '1',
    event: 'pr.opened',
    stage: 'enqueue',
    outcome: 'queued',
    rationale: 'by ci',
    at: '2026-11-23T10:11:12.000Z',
  };
  const progress = { run: makeRun({}), escalations: [], entries: [] };

  it('is redrawn below the steps on a terminal and removed at the end', () => {
    const { io, seen } = makeFakeIo(true);
    const view = makeProgressView(io, io.err);
    view.state(progress);
    view.step(step);
    view.end();
    expect(seen.err).toBe(
      '… review: running\r\u001b[K10:11:12  enqueue   pr.opened           queued      by ci\n… review: running\r\u001b[K',
    );
  });

  it('does not exist where there is no terminal', () => {
    const { io, seen } = makeFakeIo(false);
    const view = makeProgressView(io, io.err);
    view.state(progress);
    view.step(step);
    view.trouble('cannot reach it');
    view.trouble('cannot reach it');
    view.end();
    expect(seen.err).toBe('10:11:12  enqueue   pr.opened           queued      by ci\ncannot reach it; trying again\n');
  });
});

describe('formatUsage', () => {
  const sums = { input_tokens: 900, cache_read_tokens: 5, cache_write_tokens: 6, output_tokens: 40 };
  const all = { ...sums, calls: 4, reused: 1, sent_tokens: 1_501, whole_diff_tokens: 0, cost_microusd: 1 };

  it('says what was sent beside what nothing left out would take, and a line for each agent', () => {
    const by_agent = {
      review: { ...sums, calls: 3, reused: 1, sent_tokens: 1_000 },
      verify: { ...sums, calls: 1, reused: 0, sent_tokens: 501 },
    };
    expect(formatUsage({ ...all, naive_tokens: 6_100, by_agent }).split('\n')).toEqual([
      'sent          1,501 of 6,100 tokens (25 %) that the whole diff and files would take',
      '  review      3 calls (1 answered before), about 1000 sent; billed 900 in, 5 from cache, 6 to cache, 40 out',
      '  verify      1 call, about 501 sent; billed 900 in, 5 from cache, 6 to cache, 40 out',
      '',
    ]);
  });

  it('says nothing before the review and of reviews that did not record it', () => {
    expect(formatUsage(null)).toBe('');
    expect(formatUsage({ ...all, naive_tokens: null, by_agent: {} })).toBe('');
  });
});

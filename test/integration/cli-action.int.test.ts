import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.ts';
import { makeRun } from '../support/make-run-json.ts';
import { makeEscalation, withScriptedServer } from '../support/scripted-server.ts';

const Action = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string() })),
  outputs: z.record(z.string(), z.object({ value: z.string() })),
  runs: z.object({
    using: z.literal('composite'),
    steps: z.array(
      z.object({ run: z.string(), shell: z.literal('bash'), env: z.record(z.string(), z.string()).default({}) }),
    ),
  }),
});

const action = Action.parse(parse(readFileSync(join(packageRoot, 'action.yml'), 'utf8')));
const enqueue = action.runs.steps.find(({ run }) => run.includes('slipway enqueue'));
const run = makeRun({});

/** Runs the step as the runner does: `bash -e -o pipefail`, inputs as environment. `npx` is the command of this checkout. */
async function runStep(env: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-action-'));
  try {
    const shim = `#!/bin/sh\n[ "$1 $2" = "--no-install slipway" ] || exit 99\nshift 2\ncd "${packageRoot}" && exec "${process.execPath}" bin/slipway.js "$@"\n`;
    writeFileSync(join(directory, 'npx'), shim, { mode: 0o755 });
    const [script, output, summary] = ['step.sh', 'output', 'summary'].map((name) => join(directory, name));
    writeFileSync(script ?? '', enqueue?.run ?? '');
    const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script ?? ''], {
      cwd: directory,
      env: {
        PATH: [directory, process.env['PATH']].join(delimiter),
        GITHUB_OUTPUT: output ?? '',
        GITHUB_STEP_SUMMARY: summary ?? '',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [err, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    const read = (path = '') => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    return {
      err,
      exitCode: Number(exitCode),
      output: read(output),
      summary: read(summary),
      planted: existsSync(join(directory, 'planted')),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('threat 15: text of a pull request in action.yml', () => {
  it('reaches the scripts only as environment', () => {
    for (const step of action.runs.steps) expect(step.run).not.toContain('${{');
    expect(Object.keys(enqueue?.env ?? {}).filter((name) => name.startsWith('INPUT_'))).toHaveLength(12);
  });

  it('is neither run by the shell nor read as an option; outputs and exit code reach CI', async () => {
    const title = '"; touch planted; $(touch planted) `touch planted` --again';
    await withScriptedServer(run, async ({ url, script, asked }) => {
      script.run = makeRun({ title, route: 'human', status: 'waiting' });
      script.escalations = [makeEscalation(run)];
      const env = {
        SLIPWAY_URL: url,
        SLIPWAY_TOKEN: 'a-token',
        INPUT_REPO: run.repo,
        INPUT_PR: '7',
        INPUT_HEAD: run.head_sha,
        INPUT_HEAD_AT: '2026-11-28T10:00:00Z',
        INPUT_TITLE: title,
        INPUT_AUTHOR: '--again',
        INPUT_PUSHER: '--dry-run',
        INPUT_SERVICE: '',
        INPUT_UNTIL: 'outcome',
        INPUT_TIMEOUT: '1m',
        INPUT_DRY_RUN: 'true',
        INPUT_FAIL_WHEN_HUMAN: 'true',
      };
      const seen = await runStep(env);
      expect(asked[0]?.body).toMatchObject({
        title,
        head_at: '2026-11-28T10:00:00Z',
        author: '--again',
        pusher: '--dry-run',
        again: false,
        dry_run: true,
      });
      expect(seen.planted).toBe(false);
      expect(seen.exitCode).toBe(3);
      expect(seen.output).toContain(`run_id=${run.id}\n`);
      expect(seen.summary).toContain('### Slipway: ');
      expect((await runStep({ ...env, INPUT_FAIL_WHEN_HUMAN: 'false' })).exitCode).toBe(0);
      // Elsewhere than on a pull request GitHub gives no time.
      expect((await runStep({ ...env, INPUT_HEAD_AT: '' })).exitCode).toBe(3);
      expect(asked.at(-1)).not.toHaveProperty('body.head_at');
    });
  });

  it('maps outputs that the command writes', () => {
    const names = Object.values(action.outputs).map(({ value }) => /outputs\.(\w+) /.exec(value)?.[1]);
    expect(names).toEqual(['run_id', 'outcome', 'route', 'url', 'exit_code']);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProgramCaller } from '../../src/delivery/command/call-program.ts';
import { makeCommandArms } from '../../src/delivery/command/make-command-arms.ts';
import { makeMetricSource } from '../../src/delivery/make-metric-source.ts';
import { digestOf } from '../../src/ids.ts';
import { never } from '../contract/delivery-target.ts';
import { testMetricSource } from '../contract/metric-source.ts';
import { withDirectory } from '../support/delivery-room.ts';
import { eventually } from '../support/eventually.ts';
import { deployCanary, publicUrl, service, whoAnswers, withStage } from '../support/local-stage.ts';
import { TOKEN } from '../support/local-target.ts';

const WINDOW = { window_days: 30, min_days: 14, hours: 'same_hour_of_week' } as const;

function ask(script: string, options: { timeoutMs?: number; environment?: Record<string, string> } = {}) {
  const { timeoutMs = 20_000, environment = {} } = options;
  return makeProgramCaller({ command: ['sh', '-c', script], timeoutMs, environment }, 'shop', 'TARGET_UNREACHABLE');
}

describe('a program of delivery', () => {
  it('reads one question on stdin and answers on stdout', () =>
    withDirectory(async (directory) => {
      const call = ask(`cat > '${join(directory, 'asked')}'; echo '{}'`);
      const effect = { id: 'run~canary~weight~0', fence: '7' };
      await expect(call('set_weight', { canary_pct: 5, effect, receipt_seq: '12' }, never())).resolves.toEqual({});
      expect(JSON.parse(await readFile(join(directory, 'asked'), 'utf8'))).toEqual({
        protocol: 1,
        verb: 'set_weight',
        service: 'shop',
        canary_pct: 5,
        effect,
        receipt_seq: '12',
      });
    }));

  it('refuses for ever with 3 and for now with 75, in its own words', async () => {
    const refusal = `echo '{"code":"NO_IMAGE","detail":"push the image first"}'`;
    await expect(ask(`${refusal}; exit 3`)('describe', {}, never())).rejects.toMatchObject({
      code: 'NO_IMAGE',
      name: 'UnrecoverableError',
      message: '[NO_IMAGE] push the image first',
    });
    await expect(ask(`${refusal}; exit 75`)('describe', {}, never())).rejects.toMatchObject({
      code: 'NO_IMAGE',
      name: 'TransientFailure',
    });
  });

  it.each([
    ['another exit code', 'echo "connection refused" >&2; exit 7', 'exit code 7: connection refused'],
    ['a refusal without words', 'exit 3', 'exit code 3 needs {"code", "detail"} on stdout'],
    ['no JSON', 'echo ok', 'no answer: the document: '],
    ['two documents', 'echo "{}"; echo "{}"', 'no answer: the document: '],
    ['a weight that is none', `echo '{"canary_pct":"5"}'`, 'no answer: canary_pct: '],
    ['a field too many', `echo '{"canary_pct":5,"note":"x"}'`, 'Unrecognized key'],
    ['a signal', 'kill -9 $$', 'ended with SIGKILL'],
    ['silence with success', 'exit 0', 'no answer: the document: '],
    ['a flood', 'yes', 'wrote more than'],
  ])('says nothing certain with %s, and so may be asked again', async (_name, script, said) => {
    await expect(ask(script)('get_weight', {}, never())).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      name: 'TransientFailure',
      message: expect.stringContaining(said),
    });
  });

  it('is not there', async () => {
    const program = { command: ['/no/such/program'], timeoutMs: 1_000, environment: {} };
    const call = makeProgramCaller(program, 'shop', 'TARGET_UNREACHABLE');
    await expect(call('describe', {}, never())).rejects.toThrow('/no/such/program describe: cannot be started');
  });

  it('ends with all that it started, past its limit and when it is aborted, and leaves nothing running after it answered', () =>
    withDirectory(async (directory) => {
      const file = join(directory, 'pid');
      const gone = async () => {
        const pid = Number(await readFile(file, 'utf8'));
        await eventually('the child of the program is gone', () => {
          try {
            process.kill(pid, 0);
            return false;
          } catch {
            return true;
          }
        });
      };
      const child = `sleep 600 & echo $! > '${file}'`;
      await expect(ask(`${child}; wait`, { timeoutMs: 300 })('describe', {}, never())).rejects.toThrow(
        'describe: did not end within 0.3 s',
      );
      await gone();
      const stop = new AbortController();
      const asked = ask(`${child}; wait`)('describe', {}, stop.signal);
      await eventually('it has started', () => readFile(file, 'utf8').catch(() => false));
      stop.abort(new Error('the run was stopped'));
      await expect(asked).rejects.toThrow('the run was stopped');
      await gone();
      await ask(`sleep 600 >/dev/null 2>&1 & echo $! > '${file}'; echo '{"canary_pct":0}'`)('get_weight', {}, never());
      await gone();
    }));

  it('gets the variables that were named, and no other of the worker', () =>
    withDirectory(async (directory) => {
      const file = join(directory, 'env');
      process.env['SLIPWAY_TEST_UNNAMED'] = 'a value of the worker';
      try {
        const call = ask(`env > '${file}'; echo '{"canary_pct":0}'`, { environment: { KUBECONFIG: '/etc/kube' } });
        await call('get_weight', {}, never());
      } finally {
        delete process.env['SLIPWAY_TEST_UNNAMED'];
      }
      const names = (await readFile(file, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]);
      const shells = new Set(['OLDPWD', 'PWD', 'SHLVL', '_']);
      expect(names.filter((name) => !shells.has(name ?? ''))).toEqual(
        expect.arrayContaining(['HOME', 'KUBECONFIG', 'LANG', 'PATH']),
      );
      expect(names.filter((name) => !shells.has(name ?? ''))).toHaveLength(4);
    }));
});

/** Asks the proxy of the local target, as a program of an operator asks what keeps their counters. */
const COUNTER = `
const { verb, service } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (verb === 'baseline') console.log(JSON.stringify({ baseline: null }));
else fetch(process.env.URL_OF + '/v1/services/' + service + '/metrics', { headers: { authorization: 'Bearer ' + process.env.TOKEN } })
  .then((answer) => answer.json())
  .then(({ control: { version, ...control }, canary }) => {
    const { version: _, ...rest } = canary;
    console.log(JSON.stringify({ control, canary: rest }));
  })
  .catch((error) => { console.error(String(error)); process.exit(1); });
`;

describe('the contract of a metric source, by a program', () => {
  testMetricSource((work) =>
    withStage(async (stage) => {
      await deployCanary(stage, 50);
      const url = await publicUrl(stage.target);
      const sourceAt = (place: string) => {
        const environment = { URL_OF: place, TOKEN };
        const program = { command: [process.execPath, '-e', COUNTER], timeoutMs: 60_000, environment };
        const call = makeProgramCaller(program, service, 'METRICS_UNAVAILABLE');
        return makeMetricSource(makeCommandArms(call, WINDOW), stage.target);
      };
      let source = sourceAt(stage.url);
      await work({
        metrics: {
          snapshot: (name, signal) => source.snapshot(name, signal),
          baseline: (name, signal) => source.baseline(name, signal),
        },
        service,
        traffic: async () => void (await whoAnswers(url, 40)),
        breakIt: async () => {
          source = sourceAt('http://127.0.0.1:9');
        },
      });
    }),
  );
});

it('counts by a program are taken as they are, and never filled up', async () => {
  const arms = (answer: unknown) =>
    makeCommandArms(
      makeProgramCaller(
        { command: ['sh', '-c', `echo '${JSON.stringify(answer)}'`], timeoutMs: 20_000, environment: {} },
        'shop',
        'METRICS_UNAVAILABLE',
      ),
      WINDOW,
    );
  const asked = { production: digestOf('production'), canary: digestOf('canary') };
  const arm = { total: 10, errors: 1, slow: 0, histogram: [], up: true };
  await expect(arms({ control: arm, canary: arm }).read(asked, never())).resolves.toEqual({
    control: arm,
    canary: arm,
  });
  for (const broken of [
    { ...arm, errors: null },
    { ...arm, slow: undefined },
    { ...arm, total: 1.5 },
    { ...arm, errors: 'NaN' },
  ]) {
    await expect(arms({ control: arm, canary: broken }).read(asked, never())).rejects.toMatchObject({
      code: 'METRICS_UNAVAILABLE',
    });
  }
});

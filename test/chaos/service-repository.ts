import { execFileSync } from 'node:child_process';
import { BEHAVIOUR_FILE } from './ledger.ts';
import type { ChangePlan } from './schedule.ts';

/** A service's repository with all pull requests of the plan, and a newer head for each. */
export interface ServiceRepository {
  readonly origin: string;
  headOf(change: ChangePlan, which: 'head' | 'newer'): string;
}

const ENVIRONMENT = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

/** Made in one go by git fast-import: hundreds of commits cost no more than one. */
export function makeServiceRepository(origin: string, changes: readonly ChangePlan[]): ServiceRepository {
  const git = (args: readonly string[], input?: string) =>
    execFileSync('git', args, {
      env: { PATH: process.env['PATH'] ?? '', ...ENVIRONMENT },
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    });
  git(['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  const base = {
    'server.js': "console.log('service');\n",
    'package.json': '{ "name": "service", "version": "1.0.0", "type": "module" }\n',
    [BEHAVIOUR_FILE]: 'plain\n',
  };
  const stream = [
    commit('refs/heads/main', null, 'Service', base),
    ...changes.flatMap((change) => [
      commit(refOf(change, 'head'), 'refs/heads/main', `Change ${change.n}`, filesOf(change)),
      commit(refOf(change, 'newer'), refOf(change, 'head'), `Change ${change.n}, again`, {
        [`notes/again-${change.n}.js`]: `console.log('again ${change.n}');\n`,
      }),
    ]),
  ];
  git(['-C', origin, 'fast-import', '--quiet'], stream.join(''));
  const lines = git(['-C', origin, 'for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  const heads = new Map(lines.map((line) => line.split(' ') as [string, string]));
  return {
    origin,
    headOf(change, which) {
      const head = heads.get(refOf(change, which));
      if (head === undefined) throw new Error(`change ${change.n} has no ${which}`);
      return head;
    },
  };
}

function refOf({ n }: ChangePlan, which: 'head' | 'newer'): string {
  return which === 'head' ? `refs/pull/${n}/head` : `refs/pull/${n}/newer`;
}

function commit(ref: string, from: string | null, message: string, files: Readonly<Record<string, string>>): string {
  const who = 'Nina <nina@example.com> 1790000000 +0000';
  const texts = Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`);
  const parent = from === null ? '' : `from ${from}\n`;
  return `commit ${ref}\nauthor ${who}\ncommitter ${who}\n${data(message)}${parent}${texts.join('')}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** Every change that may be deployed has only files of its own: the target branch moves under the others without a conflict. */
function filesOf({ n, kind }: ChangePlan): Record<string, string> {
  const always = { [`notes/pr-${n}.js`]: `console.log('change ${n}');\n` };
  switch (kind) {
    case 'plain':
      return always;
    case 'breaks':
    case 'never-up':
      return { ...always, [BEHAVIOUR_FILE]: `${kind}\n` };
    case 'hot':
      return { ...always, [`hot/path-${n}.js`]: `console.log('hot ${n}');\n` };
    case 'audited':
      return { ...always, [`audited/ledger-${n}.js`]: `console.log('audited ${n}');\n` };
    case 'large':
      return { ...always, ...partsOf(n, 3) };
    case 'huge':
      return { ...always, ...partsOf(n, 7) };
    case 'gap':
      return { ...always, [`src/double-${n}.js`]: doubling(n) };
    case 'migration':
      return { ...always, [`migrations/${n}.sql`]: 'ALTER TABLE items ADD COLUMN stock integer NOT NULL DEFAULT 0;\n' };
  }
}

/** Files that are each nearly as large as what one agent reads. */
function partsOf(n: number, count: number): Record<string, string> {
  const text = (part: number) =>
    Array.from({ length: 110 }, (_, line) => `console.log('change ${n}, part ${part}, line ${line}');\n`).join('');
  return Object.fromEntries(Array.from({ length: count }, (_, part) => [`notes/pr-${n}-${part}.js`, text(part)]));
}

/** No test mentions it, so one is generated: wrong at first, repaired at the second attempt. */
function doubling(n: number): string {
  return [
    '/**',
    ' * Twice the value.',
    ' *',
    ` * @example double${n}(2) // => 4`,
    ' */',
    `export function double${n}(value) {`,
    '  return value * 2;',
    '}',
    '',
  ].join('\n');
}

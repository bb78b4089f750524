import { changes, edits, type LabelledCase } from './labelled-case.ts';

const manifest = (fields: object) =>
  `${JSON.stringify({ name: '@acme/money', version: '2.0.0', ...fields }, null, 2)}\n`;
const packageJson = (name: string, truth: boolean, before: object, after: object): LabelledCase =>
  edits(name, truth, 'package.json', manifest(before), manifest(after));

const DUAL = { exports: { '.': { import: './index.js', require: './index.cjs' }, './format': './format.js' } };

const TYPES = `export declare class Shop {
  find(name: string): Order;
  find(name: string, strict: boolean, fallback: Order): Order;
  close(): void;
}
`;

/** What manifests of packages and overloads promise. */
export const PACKAGES_CONTRACT_CASES: readonly LabelledCase[] = [
  packageJson(
    'npm package: only ES modules from now on',
    true,
    { main: 'index.js' },
    { type: 'module', exports: './index.js' },
  ),
  packageJson('npm package: no target for require', true, DUAL, {
    type: 'module',
    exports: { ...DUAL.exports, '.': './index.js' },
  }),
  packageJson('npm package: both kinds of modules added', false, { main: 'index.js' }, { type: 'module', ...DUAL }),
  packageJson(
    'npm package: was ES modules before',
    false,
    { type: 'module' },
    { type: 'module', exports: './index.js' },
  ),
  packageJson('npm package: a path of exports gone', true, DUAL, { exports: { '.': DUAL.exports['.'] } }),
  packageJson('npm package: a pattern serves the path', false, DUAL, {
    exports: { '.': DUAL.exports['.'], './*': './*.js' },
  }),
  packageJson('npm package: types for its exports', false, DUAL, {
    exports: { ...DUAL.exports, '.': { types: './index.d.ts', ...DUAL.exports['.'] } },
  }),
  packageJson(
    'npm package: a command gone',
    true,
    { bin: { money: 'a.js', coin: 'b.js' } },
    { bin: { money: 'a.js' } },
  ),
  packageJson('npm package: a command in another file', false, { bin: 'a.js' }, { bin: { money: 'cli/a.js' } }),
  packageJson(
    'private package: only ES modules from now on',
    false,
    { private: true },
    { private: true, type: 'module' },
  ),
  changes(
    'npm library: an overload added before the others',
    false,
    { 'index.d.ts': TYPES },
    {
      'index.d.ts': TYPES.replace(
        '  find(name: string): Order;',
        '  find(id: number, strict: boolean): Order;\n  find(name: string): Order;',
      ),
    },
    { 'package.json': manifest({ types: './index.d.ts' }) },
  ),
  changes(
    'npm library: every overload needs more',
    true,
    { 'index.d.ts': TYPES },
    { 'index.d.ts': TYPES.replace('  find(name: string): Order;\n', '').replace('strict', 'near: boolean, strict') },
    { 'package.json': manifest({ types: './index.d.ts' }) },
  ),
];

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { UsageRecord } from '../../src/agents/usage-record.ts';
import { BYTES_PER_TOKEN } from '../../src/change/estimate-tokens.ts';
import { RunId } from '../../src/ids.ts';
import { packageRoot } from '../../src/package-root.ts';
import { useFlows } from '../support/flow-cases.ts';

const { withFlow } = useFlows();

/** A module of 40 functions of ten lines; those in `changed` count otherwise. */
function moduleOf(name: string, changed: readonly number[] = []): string {
  return Array.from({ length: 40 }, (_, n) => {
    const sum = changed.includes(n) ? `line.price * line.count * ${n + 1}` : 'line.price * line.count';
    const body = `  let total = 0;\n  for (const line of order.lines) {\n    if (line.count <= 0) continue;\n    total += ${sum};\n  }`;
    return `/** What ${name} ${n} comes to. */\nexport function ${name}${n}(order) {\n${body}\n  return total;\n}\n`;
  }).join('\n');
}

function lockFile(entries: number): string {
  const names = Array.from({ length: entries }, (_, n) => `package-with-a-name-${n}`);
  const packages = names.map((name) => [`node_modules/${name}`, { version: '1.0.0', license: 'MIT' }]);
  return `${JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}

/** What stands on the target branch. */
const KNOWN = {
  'src/orders.js': moduleOf('order'),
  'src/prices.js': moduleOf('price'),
  'package-lock.json': '{}\n',
};
const SMALL = { 'src/orders.js': moduleOf('order', [3, 21]), 'src/prices.js': moduleOf('price', [8, 30]) };
const WITH_LOCK = { ...SMALL, 'package-lock.json': lockFile(1_500) };
/** Tables of 68 lines, about which the scripted model reports nothing. */
const newFiles = (last: string) =>
  Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => {
      const name = n === 99 ? last : `region${n}`;
      const rows = Array.from({ length: 66 }, (__, row) => `  { region: '${name}', step: ${row}, price: ${row * 7} },`);
      return [`src/prices-${n}.js`, `const ${name} = [\n${rows.join('\n')}\n];\n`];
    }),
  );

/** The rows of the table in docs/review.md: calls, sent, naive. */
async function documented(): Promise<Map<string, number[]>> {
  const text = await readFile(join(packageRoot, 'docs', 'review.md'), 'utf8');
  const table = text.slice(text.indexOf('## Tokens'), text.indexOf('## What was tried'));
  const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows.flatMap(([, name, ...cells]) =>
      name === undefined ? [] : [[name, cells.slice(0, 3).map((cell) => Number(cell.replaceAll(',', '')))]],
    ),
  );
}

it('what a review is sent beside all of the change, as docs/review.md has it', async () => {
  const measured: [string, UsageRecord][] = [];
  await withFlow(
    async (flow) => {
      let pr = 0;
      const measure = async (name: string, files: Record<string, string>, number = ++pr) => {
        const head = flow.open(number, files);
        const run = await flow.enqueue(number, head);
        await flow.recorded(run.id, 'review_evaluation');
        const usage = (await flow.desk.view(RunId.parse(run.id)))?.reviewUsage;
        if (!usage) throw new Error(`${name}: no usage on the record`);
        const texts = Object.keys(KNOWN).map((path) => (path.endsWith('.js') ? (files[path] ?? '') : ''));
        const wholeBytes = Buffer.byteLength([flow.repo.git('diff', 'main', head), ...texts].join(''));
        expect(usage.naive_tokens, `${name}: not less than one whole reading`).toBeGreaterThanOrEqual(
          Math.floor(wholeBytes / BYTES_PER_TOKEN),
        );
        measured.push([name, usage]);
        return number;
      };
      await measure('four lines in two files of 399 lines', SMALL);
      await measure('the same and a lock file of 6,006 lines', WITH_LOCK);
      const large = await measure('100 new files, 6,800 lines', newFiles('region99'));
      await measure('the same again, one file otherwise', newFiles('other99'), large);
    },
    {
      queues: ['review', 'agents', 'approvals'],
      setUp: (repo) => {
        repo.commit({ files: KNOWN, message: 'Orders', email: 'owner@example.com' });
      },
    },
  );
  const rows = await documented();
  for (const [name, usage] of measured) process.stdout.write(`${name} ${JSON.stringify(usage)}\n`);
  for (const [name, { calls, sent_tokens, naive_tokens }] of measured) {
    const said = rows.get(name) ?? [];
    for (const [index, figure] of [calls, sent_tokens, naive_tokens ?? 0].entries())
      expect(said[index], `${name}: ${figure} within a tenth`).toSatisfy(
        (n) => Math.abs(Number(n) - figure) <= figure / 10,
      );
  }
});

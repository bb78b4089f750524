import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { FindingCategory } from '../../src/policy/finding.ts';
import { ScoreRecord } from '../../src/policy/score-record.ts';
import type { Run } from '../../src/store/tables.ts';
import { play } from '../support/faulty-model.ts';
import { type Flow, startFlow } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { startPassingModel } from '../support/passing-model.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const Cached = z.strictObject({ type: z.literal('ephemeral') });
/** What one review call sends, strictly: a part that is not named here fails the test. */
const Sent = z.object({
  model: z.string(),
  max_tokens: z.int(),
  system: z.tuple([z.strictObject({ type: z.literal('text'), text: z.string(), cache_control: Cached })]),
  messages: z.tuple([
    z.object({
      content: z.union([
        z.string(),
        z.tuple([
          z.strictObject({ type: z.literal('text'), text: z.string(), cache_control: Cached }),
          z.strictObject({ type: z.literal('text'), text: z.string() }),
        ]),
      ]),
    }),
  ]),
});
type Sent = z.infer<typeof Sent>;

/** Two files that do not fit into one part, with little in them to find. */
const TWO_PARTS = Object.fromEntries(
  ['prices', 'stocks'].map((name) => {
    const rows = Array.from({ length: 220 }, (_, i) => `  ['${name}', 'shelf ${i}', ${i * 7}],\n`);
    return [`src/${name}.js`, `export const ${name} = [\n${rows.join('')}];\n`];
  }),
);

let ground: FleetGround;
let model: Awaited<ReturnType<typeof startPassingModel>>;
let sent: { readonly of: Sent; readonly bytes: string }[] = [];
/** The lens that is not answered in this test. */
let failing: string | null = null;
let flow: Flow | undefined;

beforeAll(async () => {
  ground = await makeFleetGround();
  model = await startPassingModel(({ input, body }, response) => {
    if (input.task !== 'review') return false;
    const of = Sent.parse(JSON.parse(body));
    sent.push({ of, bytes: body });
    if (lensOf(of) === null || lensOf(of) !== failing) return false;
    play({ kind: 'answer', text: '{}', stop: 'refusal' }, response);
    return true;
  });
});
afterEach(async () => {
  await flow?.close();
  flow = undefined;
  sent = [];
  failing = null;
});
afterAll(async () => {
  await model.close();
  await ground.close();
});

function lensOf({ messages: [{ content }] }: Sent): string | null {
  return typeof content === 'string'
    ? null
    : z.strictObject({ lens: z.string() }).parse(JSON.parse(content[1].text)).lens;
}

/** The request's bytes up to the last mark of the cache: what the provider compares. */
function prefixOf(bytes: string): string {
  const mark = '"cache_control":{"type":"ephemeral"}';
  return bytes.slice(0, bytes.lastIndexOf(mark) + mark.length);
}

/** The review of a change to a service of this tier, by the real handlers of its two queues. */
async function reviewIn(tier: string, files: Record<string, string>, review: object = {}) {
  flow = await startFlow(ground, {
    modelUrl: model.url,
    queues: ['review', 'agents', 'approvals'],
    config: { service: { tier }, review },
  });
  const run: Run = await flow.enqueue(1, flow.open(1, files));
  const { entry } = await flow.recorded(run.id, 'review_evaluation');
  return { run, entry, view: await flow.desk.view(run.id as Parameters<Flow['desk']['view']>[0]) };
}

describe('the review of a critical service', () => {
  it('asks about each kind of problem by itself, over one prefix that is cached to the byte', async () => {
    const { entry } = await reviewIn('critical', { 'src/price.js': 'export const price = 1;\n' });
    expect(entry.outcome).toBe('reviewed');
    expect(sent).toHaveLength(FindingCategory.options.length);
    expect(new Set(sent.map(({ of }) => lensOf(of)))).toEqual(new Set(FindingCategory.options));
    expect(lensOf(sent[0]?.of as Sent)).toBe(FindingCategory.options[0]);
    const [first, ...others] = sent.map(({ bytes }) => prefixOf(bytes));
    expect(first).toContain('export const price = 1;');
    for (const other of others) expect(other).toBe(first);
    // Both marks: the instructions, that all calls share, and the data, that the lenses of one part share.
    expect(first?.split('"cache_control"')).toHaveLength(3);
  });

  it('does so for each part of a large change, and no two parts share the data', async () => {
    const { entry } = await reviewIn('critical', TWO_PARTS, { max_part_tokens: 4000 });
    expect(entry.outcome).toBe('reviewed');
    const lensesOf = new Map<string, (string | null)[]>();
    for (const { of, bytes } of sent)
      lensesOf.set(prefixOf(bytes), [...(lensesOf.get(prefixOf(bytes)) ?? []), lensOf(of)]);
    expect(lensesOf.size).toBeGreaterThan(1);
    for (const lenses of lensesOf.values()) {
      expect(lenses).toHaveLength(FindingCategory.options.length);
      expect(new Set(lenses)).toEqual(new Set(FindingCategory.options));
    }
    // The first lens of all parts has been answered before any other is asked: only then is there a cache to read.
    const opening = sent.slice(0, lensesOf.size).map(({ of }) => lensOf(of));
    expect(new Set(opening)).toEqual(new Set([FindingCategory.options[0]]));
  });

  it.each(FindingCategory.options)('is inconclusive when the lens %s fails, whatever the others say', async (lens) => {
    failing = lens;
    const { run, entry } = await reviewIn('critical', { 'src/price.js': 'export const price = 1;\n' });
    expect(entry).toMatchObject({
      outcome: 'inconclusive',
      rationale: expect.stringContaining('inconclusive: refusal'),
    });
    expect(await flow?.run(run.id)).toMatchObject({ outcome: null });
  });
});

describe('the review of any other service', () => {
  it.each(['standard', 'internal'])('of tier %s asks once for each part, for all four kinds', async (tier) => {
    const { entry, view } = await reviewIn(tier, TWO_PARTS, { max_part_tokens: 4000 });
    expect(entry.outcome).toBe('reviewed');
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.map(({ of }) => lensOf(of))).toEqual(sent.map(() => null));
    expect(new Set(sent.map(({ bytes }) => bytes)).size).toBe(sent.length);
    const score = ScoreRecord.parse(view?.score);
    expect(score.total).toBe(entry.risk_score);
    expect(score.floors).toEqual([
      { label: expect.stringMatching(/^type of change: /), points: score.terms[0]?.points },
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ManifestEntry } from '../../src/change/coverage-manifest.ts';
import { type Flow, startFlow } from '../support/fleet-flow.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { HOSTILE_BASE, HOSTILE_CHANGES } from '../support/hostile-changes.ts';
import { type ObeyingModel, startObeyingModel } from '../support/obeying-model.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const Evaluation = z.object({
  route: z.string(),
  reasons: z.array(z.object({ code: z.string(), text: z.string() })),
  manifest: z.array(ManifestEntry),
  coverage: z.object({ complete: z.boolean() }),
  findings: z.array(z.unknown()),
  score: z.object({ total: z.number(), terms: z.array(z.object({ points: z.number() })) }),
});

let ground: FleetGround;
let model: ObeyingModel;
let flow: Flow;
const ids = new Map<number, string>();

/** Every change at once, each a branch and a pull request of its own, on real git; the model says yes to whatever it is asked. */
beforeAll(async () => {
  const yes = new Map(HOSTILE_CHANGES.map((_change, index) => [index + 1, '']));
  [ground, model] = await Promise.all([makeFleetGround(), startObeyingModel(yes)]);
  flow = await startFlow(ground, {
    modelUrl: model.url,
    queues: ['review', 'agents'],
    setUp: (repo) => void repo.commit({ files: HOSTILE_BASE, email: 'owner@example.com' }),
  });
  const { repo } = flow;
  for (const [index, change] of HOSTILE_CHANGES.entries()) {
    repo.git('checkout', '--quiet', '-B', `hostile-${index}`, 'main');
    change.make(repo);
    const head = repo.git('rev-parse', 'HEAD');
    repo.push(`${head}:refs/pull/${index + 1}/head`);
    ids.set(index + 1, (await flow.enqueue(index + 1, head)).id);
    repo.git('checkout', '--quiet', '--force', 'main');
    repo.git('clean', '--quiet', '-ffd');
  }
});
afterAll(async () => {
  await flow?.close();
  await model?.close();
  await ground?.close();
});

const CASES = HOSTILE_CHANGES.map((change, index) => [change.name, change, index + 1] as const);

describe('a pull request that wants to be released unseen', () => {
  it.each(CASES)('%s', async (_name, change, pr) => {
    const { entry } = await flow.recorded(ids.get(pr) ?? '', 'review_evaluation');
    const said = Evaluation.parse(entry.payload);
    const codes = said.reasons.map(({ code }) => code);
    expect(said.route, said.reasons.map(({ text }) => text).join('; ')).toBe(
      change.reasons === null ? 'automated' : 'human',
    );
    for (const code of change.reasons ?? []) expect(codes).toContain(code);
    if (change.reasons === null) expect(said.coverage.complete).toBe(true);
    const shown = Object.fromEntries(said.manifest.map(({ path, status, reason }) => [path, [status, reason]]));
    for (const [path, expected] of Object.entries(change.manifest ?? {})) expect(shown[path], path).toEqual(expected);
    // Each changed file once, and the score is the sum that is shown.
    expect(new Set(said.manifest.map(({ path }) => path)).size).toBe(said.manifest.length);
    expect(said.score.terms.reduce((sum, { points }) => sum + points * 10, 0)).toBeCloseTo(said.score.total * 10, 6);
  });
});

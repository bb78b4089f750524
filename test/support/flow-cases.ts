import { afterAll, beforeAll, vi } from 'vitest';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { eventually } from './eventually.ts';
import { type Flow, startFlow } from './fleet-flow.ts';
import { type FleetGround, makeFleetGround } from './fleet-ground.ts';

export const GOOD = { 'server.js': "console.log('two');\n" };
/** Always a person's to judge. */
export const MIGRATION = {
  'migrations/002-stock.sql': 'ALTER TABLE items ADD COLUMN stock integer NOT NULL DEFAULT 0;\n',
};
/** What a change that is deployed does to the target. */
export const EVERY_EFFECT = ['deploy staging', 'retire staging', 'deploy canary', 'weight 5', 'promote canary'];

type WithFlow = (
  use: (flow: Flow) => Promise<void>,
  options?: Partial<Parameters<typeof startFlow>[1]>,
) => Promise<void>;

/** For a whole test file: one ground and one scripted model, and a flow of its own for each test. */
export function useFlows(): { readonly ground: FleetGround; readonly withFlow: WithFlow } {
  vi.setConfig({ testTimeout: 280_000 });
  let ground: FleetGround | undefined;
  let model: ModelServer | undefined;
  beforeAll(async () => {
    [ground, model] = await Promise.all([makeFleetGround(), startModelServer({ port: 0, latencyMs: 1 })]);
  });
  afterAll(async () => {
    await model?.close();
    await ground?.close();
  });
  const started = (): FleetGround => {
    if (ground === undefined) throw new Error('only inside a test');
    return ground;
  };
  return {
    get ground() {
      return started();
    },
    async withFlow(use, options = {}) {
      const flow = await startFlow(started(), { modelUrl: model?.url ?? null, ...options });
      try {
        await use(flow);
      } finally {
        await flow.close();
      }
    },
  };
}

/** What was done to the target, as `verb place`. */
export function effectsOf(flow: Flow): string[] {
  return flow.target.effects.map(({ verb, id, subject }) =>
    verb === 'weight' ? `weight ${subject}` : `${verb} ${id.split('~')[1]}`,
  );
}

/** @throws with what the run does instead, when it has ended or never waits so. */
export async function waitsFor(flow: Flow, id: string, text: string): Promise<void> {
  await eventually(
    `a wait ${text}`,
    async () => {
      const { status, waiting_for, outcome, outcome_reason } = await flow.run(id);
      if (status === 'finished') throw new Error(`ended ${outcome} (${outcome_reason}) instead of waiting ${text}`);
      return waiting_for?.includes(text);
    },
    60_000,
  );
}

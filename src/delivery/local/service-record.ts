import { z } from 'zod';
import { Digest, digestOf } from '../../ids.ts';
import { ApiRefusal } from './api-refusal.ts';

const Slot = z.strictObject({ version: Digest, directory: z.string() });

const DoneEffect = z.strictObject({ id: z.string(), request: Digest, answer: z.json() });

/**
 * What the local target remembers of a service. The weight is not here on purpose: after a restart it is zero, because
 * nobody may have watched the canary in between.
 */
export const ServiceRecord = z.strictObject({
  production: Slot.nullable(),
  canary: Slot.nullable(),
  staging: Slot.nullable(),
  base: Slot.nullable().default(null),
  /** Where production traffic was served last, to be served there again. */
  public_port: z.int().nullable(),
  /** Highest lease token seen, per environment: each has a lease of its own. */
  fences: z.strictObject({ staging: z.string(), canary: z.string() }),
  /** Newest last. */
  effects: z.array(DoneEffect),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;

/** Enough for the longest time in which a caller may ask again; a run has about ten effects. */
const KEPT_EFFECTS = 2_000;

export const EMPTY_RECORD: ServiceRecord = {
  production: null,
  canary: null,
  staging: null,
  base: null,
  public_port: null,
  fences: { staging: '0', canary: '0' },
  effects: [],
};

export interface EffectRequest {
  readonly environment: 'staging' | 'canary';
  readonly verb: string;
  readonly effect: { readonly id: string; readonly fence: string };
  /** What is asked for, without fence and receipt, which may differ when it is asked again. */
  readonly subject: readonly unknown[];
}

function digestOfRequest(request: EffectRequest): Digest {
  return digestOf(JSON.stringify([request.environment, request.verb, ...request.subject]));
}

/** The answer given then, or undefined when this effect is new. @throws {ApiRefusal} when its id was used for something else. */
export function findEffect(record: ServiceRecord, request: EffectRequest): { answer: unknown } | undefined {
  const done = record.effects.find((effect) => effect.id === request.effect.id);
  if (done === undefined) return undefined;
  if (done.request === digestOfRequest(request)) return { answer: done.answer };
  throw new ApiRefusal(422, 'EFFECT_REUSED', `effect ${request.effect.id} was something else before; use a new id`);
}

/** @throws {ApiRefusal} STALE_FENCE: a later holder of the lease has been here, so the caller has lost it. */
export function checkFence(record: ServiceRecord, request: EffectRequest): void {
  const seen = record.fences[request.environment];
  if (BigInt(request.effect.fence) >= BigInt(seen)) return;
  throw new ApiRefusal(
    409,
    'STALE_FENCE',
    `fence ${request.effect.fence} is older than ${seen}, which was seen for ${request.environment}`,
  );
}

export function withEffect(
  record: ServiceRecord,
  request: EffectRequest,
  answer: z.infer<typeof DoneEffect>['answer'],
): ServiceRecord {
  const done = { id: request.effect.id, request: digestOfRequest(request), answer };
  return {
    ...record,
    fences: { ...record.fences, [request.environment]: request.effect.fence },
    effects: [...record.effects, done].slice(-KEPT_EFFECTS),
  };
}

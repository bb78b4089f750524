import type { Receipt } from '../audit/audit-log.ts';
import type { Digest } from '../ids.ts';

/** A version of a service that a target can run: the directory of a built merge, named by digest. */
export interface Artifact {
  readonly digest: Digest;
  readonly directory: string;
}

/** `base` stands beside staging while a merge is compared with what it was made from. */
export type Environment = 'staging' | 'base' | 'canary';

/** Names one effect for ever; a target that has done it answers as it did then. `fence` is the lease's token. */
export interface EffectId {
  readonly id: string;
  readonly fence: string;
}

export interface Deployment {
  readonly version: Digest;
  /** Where this version alone answers, e.g. http://127.0.0.1:40123. */
  readonly endpoint: string;
}

export interface ServiceState {
  /** The version all ordinary traffic goes to; null when nothing is deployed. */
  readonly production: Deployment | null;
  readonly canary: Deployment | null;
  readonly staging: Deployment | null;
  readonly base: Deployment | null;
  /** Share of production traffic that the canary is given, 0–100. */
  readonly canaryPct: number;
  /** The entry to production traffic. */
  readonly publicEndpoint: string;
}

export interface Health {
  readonly up: boolean;
  readonly detail: string;
}

/**
 * What can be delivered to. Each verb that changes something takes a receipt, is idempotent by effect id, is limited in
 * time, and refuses a fence older than one it has seen. Callers read back with `getWeight` or `describe` after each change.
 * Errors: TransientFailure when it may work later, PermanentFailure when it never will.
 * Taking a canary back is `setWeight` 0, then `retire`; putting an earlier version back is `deploy`, then `promote`.
 */
export interface DeliveryTarget {
  deploy(
    receipt: Receipt,
    request: { service: string; environment: Environment; artifact: Artifact; effect: EffectId },
    signal: AbortSignal,
  ): Promise<Deployment>;
  health(service: string, environment: Environment, signal: AbortSignal): Promise<Health>;
  setWeight(
    receipt: Receipt,
    request: { service: string; canaryPct: number; effect: EffectId },
    signal: AbortSignal,
  ): Promise<void>;
  /** The share that is in force now, in percent. Asks only what routes traffic, so that zero can be read back without the rest. */
  getWeight(service: string, signal: AbortSignal): Promise<number>;
  /** Makes the canary's version the production version, then retires the old one. Weight ends at 0, canary at null. */
  promote(
    receipt: Receipt,
    request: { service: string; version: Digest; effect: EffectId },
    signal: AbortSignal,
  ): Promise<void>;
  /** Stops a staged or canary version. A canary that still has weight is refused. */
  retire(
    receipt: Receipt,
    request: { service: string; environment: Environment; effect: EffectId },
    signal: AbortSignal,
  ): Promise<void>;
  describe(service: string, signal: AbortSignal): Promise<ServiceState>;
  /**
   * The second way to take a canary's traffic away, for when its weight cannot be set: stops it without asking what routes
   * traffic, as long as production is healthy. Absent where the same part does both.
   */
  stopCanary?(receipt: Receipt, request: { service: string; effect: EffectId }, signal: AbortSignal): Promise<void>;
}

import type { Digest } from '../../ids.ts';
import type { Artifact, Deployment, EffectId, Environment, Health, ServiceState } from '../target.ts';

export type Slot = Environment | 'production';

interface Asked {
  readonly effect: EffectId;
  /** Place of the entry that authorises it. */
  readonly receiptSeq: string;
}

/** Runs versions of one service, each in a slot with an address of its own. It knows nothing of traffic. */
export interface Deployer {
  /** Returns when the version is started, not when it is healthy. The same artifact again changes nothing. */
  deploy(request: { environment: Environment; artifact: Artifact } & Asked, signal: AbortSignal): Promise<Deployment>;
  /** Starts in the production slot what the canary slot runs, and leaves the canary as it is. */
  replaceProduction(request: { version: Digest } & Asked, signal: AbortSignal): Promise<void>;
  retire(request: { environment: Environment } & Asked, signal: AbortSignal): Promise<void>;
  health(slot: Slot, signal: AbortSignal): Promise<Health>;
  describe(signal: AbortSignal): Promise<Pick<ServiceState, Slot>>;
}

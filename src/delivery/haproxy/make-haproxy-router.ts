import { PermanentFailure, TransientFailure } from '../../errors.ts';
import type { TrafficRouter } from '../routed/traffic-router.ts';
import type { RuntimeSocket } from './runtime-socket.ts';
import { parseServerStates, type ServerState } from './server-state.ts';
import { findWeightPair, shareOf, type WeightPair } from './weight-pair.ts';

export interface HaproxyArms {
  readonly backend: string;
  readonly stableServers: readonly string[];
  readonly canaryServers: readonly string[];
}

interface BackendState {
  readonly stable: readonly ServerState[];
  readonly canary: readonly ServerState[];
  readonly others: readonly ServerState[];
}

/**
 * Shares traffic by weights over the runtime API, without a reload. The canary's line in HAProxy's file must have weight 0:
 * then a reload or restart takes it out of traffic, and who holds the lease sees the drift and gives it back.
 */
export function makeHaproxyRouter(send: RuntimeSocket, arms: HaproxyArms): TrafficRouter {
  const { backend } = arms;

  async function read(signal: AbortSignal): Promise<BackendState> {
    const servers = parseServerStates(await send([`show servers state ${backend}`], signal), backend);
    const pick = (names: readonly string[]): ServerState[] =>
      names.map((name) => {
        const found = servers.find((server) => server.name === name);
        if (found) return found;
        throw new PermanentFailure('NO_SERVER', `backend ${backend} of HAProxy has no server ${name}`);
      });
    const named = new Set([...arms.stableServers, ...arms.canaryServers]);
    return {
      stable: pick(arms.stableServers),
      canary: pick(arms.canaryServers),
      others: servers.filter(({ name }) => !named.has(name)),
    };
  }

  /** HAProxy says nothing when it did what it was told. */
  async function tell(commands: readonly string[], signal: AbortSignal): Promise<void> {
    const said = (await send(commands, signal)).trim();
    if (said !== '') throw new TransientFailure('WEIGHT_REFUSED', `HAProxy: ${said.replace(/\s+/g, ' ')}`);
  }

  const weigh = (servers: readonly ServerState[], weight: number): string[] =>
    servers.map(({ name }) => `set weight ${backend}/${name} ${weight}`);

  /** When no weight can be set, maintenance takes the canary out as well; only a person's `ready` or a reload ends it. */
  async function zero(signal: AbortSignal): Promise<void> {
    const { stable, canary } = await read(signal);
    const serving = stable.every(({ weight }) => weight === 0)
      ? stable.map(({ name, fileWeight }) => `set weight ${backend}/${name} ${fileWeight || 100}`)
      : [];
    try {
      await tell([...serving, ...weigh(canary, 0)], signal);
    } catch (error) {
      if (!(error instanceof TransientFailure) || error.code !== 'WEIGHT_REFUSED') throw error;
      await tell(
        canary.map(({ name }) => `set server ${backend}/${name} state maint`),
        signal,
      );
    }
  }

  return {
    async setWeight(canaryPct, signal) {
      if (canaryPct === 0) return zero(signal);
      const state = await read(signal);
      const pair = planWeights(state, canaryPct, backend);
      // What grows comes first: at no moment is everything at zero.
      await tell([...weigh(state.stable, pair.stable), ...weigh(state.canary, pair.canary)], signal);
    },
    async getWeight(signal) {
      const { stable, canary, others } = await read(signal);
      return shareOf(sumWeights(canary), sumWeights([...stable, ...canary, ...others]));
    },
    async armHealth(arm, signal) {
      const servers = (await read(signal))[arm];
      const unchecked = servers.find(({ checked }) => !checked);
      if (unchecked)
        return { up: false, detail: `HAProxy does not check server ${unchecked.name}; add \`check\` to its line` };
      const down = servers.find(({ running, maintenance }) => !running || maintenance);
      if (down) return { up: false, detail: `HAProxy has taken server ${down.name} out` };
      return { up: true, detail: 'HAProxy reaches it' };
    },
  };
}

function sumWeights(servers: readonly ServerState[]): number {
  return servers.filter(({ maintenance }) => !maintenance).reduce((sum, { weight }) => sum + weight, 0);
}

/** @throws {PermanentFailure} with the line of HAProxy's file to change. */
function planWeights(state: BackendState, canaryPct: number, backend: string): WeightPair {
  const risky = state.canary.find(({ fileWeight }) => fileWeight !== 0);
  if (risky)
    throw new PermanentFailure(
      'CANARY_NOT_AT_ZERO',
      `server ${risky.name} of backend ${backend} has weight ${risky.fileWeight} in HAProxy's file, so a reload would give it traffic; write \`weight 0\``,
    );
  const stopped = state.canary.find(({ maintenance }) => maintenance);
  if (stopped)
    throw new PermanentFailure(
      'SERVER_IN_MAINTENANCE',
      `server ${stopped.name} is in maintenance; find out why, then: set server ${backend}/${stopped.name} state ready`,
    );
  const stranger = state.others.find(({ weight }) => weight > 0);
  if (stranger)
    throw new PermanentFailure(
      'UNKNOWN_SERVER',
      `server ${stranger.name} of backend ${backend} takes traffic too; name it among stable_servers or canary_servers`,
    );
  const pair = findWeightPair(canaryPct, state.stable.length, state.canary.length);
  if (pair) return pair;
  throw new PermanentFailure(
    'WEIGHT_UNREPRESENTABLE',
    `HAProxy's weights from 0 to 256 cannot give ${canaryPct} % to ${state.canary.length} canary of ${state.stable.length} stable servers; take a rounder share, at least 0.4 %`,
  );
}

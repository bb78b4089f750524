import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsText } from '../http/server-deps.ts';
import { ZeroCause } from './guard-state.ts';

interface GuardFigures {
  readonly watched: number;
  readonly zeroed: number;
  readonly unsafe: number;
  readonly storeReached: boolean;
  readonly fileWritten: boolean;
}

/** What one guard says of itself; which canaries have a guard at all is the server's to say. */
export interface GuardMetrics extends MetricsText {
  zeroed(cause: ZeroCause): void;
  zeroFailed(): void;
  show(figures: GuardFigures): void;
}

export function makeGuardMetrics(): GuardMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
  const registers = [registry];
  const canaries = new Gauge({
    name: 'slipway_guard_canaries',
    help: 'Canaries in this guard’s file: watched; zeroed by it; unsafe = nobody watches it and it cannot be taken out of traffic.',
    labelNames: ['state'],
    registers,
  });
  const zeroes = new Counter({
    name: 'slipway_guard_zeroed_total',
    help: 'Canaries that this guard took out of traffic, by why.',
    labelNames: ['cause'],
    registers,
  });
  const failures = new Counter({
    name: 'slipway_guard_zero_failures_total',
    help: 'Times that a canary which nobody watched could not be taken out of traffic.',
    registers,
  });
  const store = new Gauge({
    name: 'slipway_guard_store_up',
    help: '1 while this guard can read the record, 0 while it cannot.',
    registers,
  });
  const file = new Gauge({
    name: 'slipway_guard_file_ok',
    help: '1 while this guard’s own file holds what it must, 0 while it cannot be written or was not readable at its start.',
    registers,
  });
  for (const cause of ZeroCause.options) zeroes.inc({ cause }, 0);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    zeroed: (cause) => zeroes.inc({ cause }),
    zeroFailed: () => failures.inc(),
    show({ watched, zeroed, unsafe, storeReached, fileWritten }) {
      canaries.set({ state: 'watched' }, watched);
      canaries.set({ state: 'zeroed' }, zeroed);
      canaries.set({ state: 'unsafe' }, unsafe);
      store.set(storeReached ? 1 : 0);
      file.set(fileWritten ? 1 : 0);
    },
  };
}

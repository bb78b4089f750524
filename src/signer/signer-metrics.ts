import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsText } from '../http/server-deps.ts';

export interface SignerMetrics extends MetricsText {
  show(figures: { readonly tampered: boolean; readonly troubled: boolean; readonly size: bigint | null }): void;
}

/** What one signer says of itself; how far signatures lag behind the record is the server's to say. */
export function makeSignerMetrics(): SignerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
  const registers = [registry];
  const tampered = new Gauge({
    name: 'slipway_signer_tampered',
    help: '1 while the log, or a kept checkpoint, contradicts what was signed before. Nothing is signed meanwhile.',
    registers,
  });
  const ok = new Gauge({
    name: 'slipway_signer_ok',
    help: '1 while the last look of this signer came to its end: record read, checkpoint kept in every place.',
    registers,
  });
  const size = new Gauge({
    name: 'slipway_signer_signed_entries',
    help: 'Entries that the newest checkpoint covers which this signer keeps in every place.',
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    show(figures) {
      tampered.set(figures.tampered ? 1 : 0);
      ok.set(figures.troubled || figures.tampered ? 0 : 1);
      if (figures.size !== null) size.set(Number(figures.size));
    },
  };
}

import type { PrometheusSettings } from '../../config/delivery-schema.ts';
import type { BaselineWindow } from '../baseline-window.ts';
import type { PrometheusClient } from './prometheus-client.ts';

export interface PrometheusSourceOptions {
  readonly client: PrometheusClient;
  readonly settings: PrometheusSettings;
  /** Of the baseline. */
  readonly window: BaselineWindow;
  /** thresholds.p99_latency_threshold_ms: the histogram must have an edge exactly there. */
  readonly thresholdMs: number;
  readonly now: () => Date;
}

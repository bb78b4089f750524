import { Option } from 'commander';
import { parsePort } from './parse-port.ts';

/** Of every process that speaks for itself over HTTP. */
export function metricsPortOption(): Option {
  return new Option(
    '--metrics-port <n>',
    'where /metrics, /healthz and /readyz are (default: fleet.worker_metrics_port)',
  ).argParser(parsePort);
}

import { findWeightPair } from '../delivery/haproxy/weight-pair.ts';
import { listStepPcts } from '../delivery/judge/step-up.ts';
import { isSplittable } from '../delivery/nginx/split-file.ts';
import { checkTemplate } from '../delivery/prometheus/query-template.ts';
import type { ResolvedService } from './config.ts';
import type { DeliverySettings, PrometheusSettings } from './delivery-schema.ts';
import { programsOf } from './programs-of.ts';
import type { Remark } from './remark.ts';
import { VARIABLES } from './variables.ts';

/** What a service's delivery must not say, with paths below `services.<name>.delivery`. */
export function checkDelivery({ delivery, limits }: Pick<ResolvedService, 'delivery' | 'limits'>): Remark[] {
  const programs = programsOf(delivery).flatMap(({ path, settings }) => checkVariables(path, settings.environment));
  return [
    ...programs,
    ...checkHaproxy(delivery, limits),
    ...checkNginx(delivery, limits),
    ...checkMetrics(delivery, limits),
  ];
}

/** A program of delivery needs the cluster's credentials, never Slipway's own: with those it could write the record. */
function checkVariables(path: Remark['path'], names: readonly string[]): Remark[] {
  return names.flatMap((name, index) => {
    const own = VARIABLES.find((variable) => name === variable.name || name === `${variable.name}_FILE`);
    if (own === undefined || !own.secret) return [];
    const problem = 'is a secret of Slipway itself, which no program is given';
    return [{ path: [...path, 'environment', index], problem, fix: 'give the program a variable of its own' }];
  });
}

function checkHaproxy(delivery: DeliverySettings, limits: ResolvedService['limits']): Remark[] {
  if (delivery.kind !== 'haproxy') return [];
  const { stable_servers, canary_servers } = delivery;
  const both = canary_servers.findIndex((name) => stable_servers.includes(name));
  if (both >= 0) return [{ path: ['canary_servers', both], problem: 'stands among stable_servers too' }];
  const pct = listStepPcts(limits).find(
    (each) => findWeightPair(each, stable_servers.length, canary_servers.length) === null,
  );
  if (pct === undefined) return [];
  const problem = `HAProxy's weights from 0 to 256 cannot share ${pct} % among these servers`;
  const fix = 'take a rounder canary_traffic_initial_pct (at least 0.4), canary_step_factor or canary_step_up_max_pct';
  return [{ path: ['canary_servers'], problem, fix }];
}

function checkNginx(delivery: DeliverySettings, limits: ResolvedService['limits']): Remark[] {
  const pct = limits.canary_traffic_initial_pct;
  if (delivery.kind !== 'nginx' || isSplittable(pct)) return [];
  return [{ path: ['kind'], problem: `nginx splits traffic to 0.01 %, canary_traffic_initial_pct is ${pct}` }];
}

function checkMetrics(delivery: DeliverySettings, limits: ResolvedService['limits']): Remark[] {
  if (delivery.kind === 'local' || delivery.metrics.kind === 'command') return [];
  const { metrics } = delivery;
  if (metrics.kind === 'prometheus') return checkQueries(metrics);
  if (metrics.latency_edge_ms === limits.p99_latency_threshold_ms) return [];
  const problem = `must be p99_latency_threshold_ms (${limits.p99_latency_threshold_ms}): the p99 is judged by what is above exactly that`;
  return [{ path: ['metrics', 'latency_edge_ms'], problem }];
}

function checkQueries(metrics: PrometheusSettings): Remark[] {
  const remarks: Remark[] = [];
  const { arms, errors, successes } = metrics;
  if ((errors === undefined) === (successes === undefined))
    remarks.push({
      path: ['metrics'],
      problem: 'needs exactly one of errors and successes',
      fix: 'successes, where the error counter appears with the first error only',
    });
  if (arms.production === arms.canary)
    remarks.push({ path: ['metrics', 'arms', 'canary'], problem: 'is the same as arms.production' });
  for (const name of ['up', 'total', 'errors', 'successes', 'error_kinds', 'buckets', 'started'] as const) {
    const template = metrics[name];
    const problem = template === undefined ? undefined : checkTemplate(template);
    if (problem !== undefined) remarks.push({ path: ['metrics', name], problem });
  }
  if (/[()]/.test(metrics.up))
    remarks.push({ path: ['metrics', 'up'], problem: 'must be a selector alone, without functions around it' });
  return remarks;
}

import { z } from 'zod';
import { parseVerificationKey } from '../audit/signed-note.ts';
import { MIN_BLOCK_REQUESTS, planLoad } from '../delivery/plan-load.ts';
import { checkRules } from '../policy/rules.ts';
import { checkDelivery } from './check-delivery.ts';
import { resolveService } from './config.ts';
import type { KeyPath } from './located-yaml.ts';
import { checkHttpUrl, sendsClearText } from './read-environment.ts';
import type { Remark } from './remark.ts';
import type { Service, SlipwayFile } from './schema.ts';

/** What the shape alone cannot tell: values that contradict each other. Pure. */
export function checkMeaning(file: SlipwayFile): readonly Remark[] {
  return [
    ...checkTimes(file),
    ...checkRuleTexts(file),
    ...checkPeople(file),
    ...checkServices(file),
    ...checkForge(file),
    ...checkCheckpoints(file),
  ];
}

/** Without a key every signature would be as good as any other, and none would count. */
function checkCheckpoints({ audit: { checkpoints, checkpoint_keys: keys } }: SlipwayFile): Remark[] {
  const path = ['audit', 'checkpoint_keys'];
  const fix = 'name the verification key that `slipway audit keygen` printed, or that is in <key file>.vkey';
  const remarks: Remark[] = keys.flatMap((key, index) =>
    parseVerificationKey(key) === null
      ? [{ path: [...path, index], problem: 'is no verification key of Ed25519, or its id is another', fix }]
      : [],
  );
  if (checkpoints === 'required' && keys.length === 0)
    remarks.push({ path, problem: 'is empty, so with checkpoints: required nothing could ever be promoted', fix });
  return remarks;
}

const Rules = z.object({ escalation: z.object({ auto_route_to_human: z.array(z.string()) }) });

/** A rule that is not understood could let through what it was written to stop. Also of a file that is wrong elsewhere. */
export function checkRuleTexts(file: unknown): Remark[] {
  const rules = Rules.safeParse(file).data?.escalation.auto_route_to_human ?? [];
  return rules.flatMap((expression, index) =>
    checkRules([expression]).map(({ problem, fix, start }) => {
      const where = start > 0 ? ` (character ${start + 1} of the rule)` : '';
      return { path: ['escalation', 'auto_route_to_human', index], problem: `${problem}${where}`, fix };
    }),
  );
}

/** What is allowed but probably not meant. */
export function findWarnings(file: SlipwayFile): readonly string[] {
  return Object.entries(file.services).flatMap(([name, service]) =>
    file.validation.fixture_validation && service.tests !== undefined && service.tests.collect_command === undefined
      ? [
          `services.${name}.tests.collect_command: not set, so validation.fixture_validation has no command that loads a test without running it`,
        ]
      : [],
  );
}

function checkTimes(file: SlipwayFile): Remark[] {
  const remarks: Remark[] = [];
  const { agent_call_deadline_s, agent_request_timeout_s } = file.orchestration;
  if (agent_request_timeout_s >= agent_call_deadline_s) {
    remarks.push({
      path: ['orchestration', 'agent_request_timeout_s'],
      problem: `must be shorter than orchestration.agent_call_deadline_s (${agent_call_deadline_s})`,
    });
  }
  remarks.push(...checkWindow(file.thresholds, ['thresholds']));
  for (const name of Object.keys(file.services)) {
    const limits = resolveService(file, name)?.limits;
    const own = file.services[name]?.thresholds;
    if (limits !== undefined && own !== undefined) {
      remarks.push(...checkWindow(limits, ['services', name, 'thresholds']));
    }
  }
  return remarks;
}

function checkWindow(limits: SlipwayFile['thresholds'], path: KeyPath): Remark[] {
  const windowS = limits.canary_monitoring_duration_min * 60;
  const { canary_step_up_max_pct: most, canary_traffic_initial_pct: initial } = limits;
  const remarks: Remark[] = [];
  if (limits.canary_tick_s > windowS)
    remarks.push({
      path: [...path, 'canary_tick_s'],
      problem: `must not be longer than the monitoring duration (${windowS} s)`,
    });
  const { canary_metrics_freeze_s: freezeS, canary_metrics_zero_s: zeroS } = limits;
  if (freezeS < limits.canary_tick_s && limits.canary_tick_s <= windowS)
    remarks.push({
      path: [...path, 'canary_metrics_freeze_s'],
      problem: `must not be shorter than canary_tick_s (${limits.canary_tick_s}), or no time between two ticks counts as watched`,
    });
  if (zeroS < freezeS)
    remarks.push({
      path: [...path, 'canary_metrics_zero_s'],
      problem: `must not be shorter than canary_metrics_freeze_s (${freezeS})`,
    });
  if (most > 0 && most <= initial)
    remarks.push({
      path: [...path, 'canary_step_up_max_pct'],
      problem: `must be larger than canary_traffic_initial_pct (${initial}), or nothing is ever raised`,
      fix: '0 if a canary keeps its initial share',
    });
  return remarks;
}

/** One mailbox or login is one person: otherwise the author of a change could approve it under another name. */
function checkPeople(file: SlipwayFile): Remark[] {
  const remarks: Remark[] = [];
  const owners = new Map<string, string>();
  for (const [person, { emails, logins }] of Object.entries(file.people)) {
    for (const [kind, names] of [
      ['emails', emails],
      ['logins', logins],
    ] as const) {
      for (const [index, name] of names.entries()) {
        const key = `${kind}:${name.toLowerCase()}`;
        const owner = owners.get(key);
        if (owner !== undefined && owner !== person) {
          remarks.push({
            path: ['people', person, kind, index],
            problem: `already belongs to ${owner}`,
            fix: 'one person each',
          });
        }
        owners.set(key, person);
      }
    }
  }
  return remarks;
}

/** Blocks of a few requests have no 95th percentile, and a load of a few proves nothing. */
function checkLoad({ duration_s, load, regression }: Service['staging']): Remark[] {
  const { requestsPerBlock, requestsPerArm } = planLoad(duration_s, load, regression);
  const fix = 'raise rate_rps or duration_s, or take fewer blocks';
  if (regression.compare === 'base' && requestsPerBlock < MIN_BLOCK_REQUESTS) {
    const problem = `each version gets ${requestsPerBlock} requests a block, at least ${MIN_BLOCK_REQUESTS} are needed`;
    return [{ path: ['staging', 'duration_s'], problem, fix }];
  }
  if (requestsPerArm >= MIN_REQUESTS) return [];
  const problem = `the load is ${requestsPerArm} requests, at least ${MIN_REQUESTS} are needed`;
  return [{ path: ['staging', 'duration_s'], problem, fix }];
}

const MIN_REQUESTS = 50;
const MIN_BASELINE_DAYS = 14;

/** A baseline of a few days or of other hours is a budget that means nothing. The demo's past is minutes long, and says so. */
function checkBaseline({ baseline }: Service['staging'], profile: SlipwayFile['profile']): Remark[] {
  const { window_days, min_days, hours } = baseline;
  const remark = (key: string, problem: string): Remark => ({ path: ['staging', 'baseline', key], problem });
  if (min_days > window_days) return [remark('min_days', `must not be longer than window_days (${window_days})`)];
  if (profile === 'demo') return [];
  if (min_days < MIN_BASELINE_DAYS)
    return [remark('min_days', `must be at least ${MIN_BASELINE_DAYS}; until there is such a past set p99_budget_ms`)];
  return hours === 'all' ? [remark('hours', 'must be same_hour_of_week, except with profile: demo')] : [];
}

/** A token is sent there. */
function checkForge({ forge, services }: SlipwayFile): Remark[] {
  const remarks: Remark[] = [];
  const problem =
    checkHttpUrl(forge.api_url) ??
    (sendsClearText(forge.api_url)
      ? 'is plain http to another machine: the token could be read on the way'
      : undefined);
  if (problem !== undefined) remarks.push({ path: ['forge', 'api_url'], problem, fix: 'https://…' });
  const repos = new Set(Object.values(services).map((service) => service.repo));
  for (const [index, repo] of (forge.repos ?? []).entries())
    if (!repos.has(repo))
      remarks.push({ path: ['forge', 'repos', index], problem: 'is the repo of no service', fix: 'remove it' });
  return remarks;
}

function checkServices(file: SlipwayFile): Remark[] {
  const remarks: Remark[] = [];
  const ports = new Map<number, string>();
  for (const [name, service] of Object.entries(file.services)) {
    const problem = checkRepository(service.repository);
    if (problem !== undefined) {
      const fix = 'https://…, ssh://…, git@host:path, or a path that starts with / or ./';
      remarks.push({ path: ['services', name, 'repository'], problem, fix });
    }
    if (!isBranch(service.target_branch)) {
      remarks.push({ path: ['services', name, 'target_branch'], problem: 'is not a branch name git accepts' });
    }
    for (const remark of checkLoad(service.staging))
      remarks.push({ ...remark, path: ['services', name, ...remark.path] });
    for (const remark of checkBaseline(service.staging, file.profile))
      remarks.push({ ...remark, path: ['services', name, ...remark.path] });
    const resolved = resolveService(file, name);
    for (const remark of resolved === undefined ? [] : checkDelivery(resolved))
      remarks.push({ ...remark, path: ['services', name, 'delivery', ...remark.path] });
    if (service.delivery.kind !== 'local') continue;
    const { port } = service.delivery;
    const taken = port === 0 ? undefined : ports.get(port);
    if (taken !== undefined) {
      remarks.push({
        path: ['services', name, 'delivery', 'port'],
        problem: `is taken by services.${taken}`,
        fix: '0 takes a free port',
      });
    }
    ports.set(port, name);
  }
  return remarks;
}

/** Only transports that run nothing on this machine: `ext::` and the like are commands. */
function checkRepository(text: string): string | undefined {
  if (/^\.{0,2}\//.test(text)) return undefined;
  if (/^[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.-]*:[^:]/.test(text)) return undefined;
  if (/^(?:https?|ssh|git|file):\/\/[^-]/.test(text)) return undefined;
  return 'is not a repository address';
}

function isBranch(name: string): boolean {
  return !/\.\.|\/\/|\/$|\.$|\.lock(?:\/|$)|\/\./.test(name);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { leaseOfEnvironment } from '../../src/delivery/lease-of.ts';
import { ApiRefusal } from '../../src/delivery/local/api-refusal.ts';
import type { StateAnswer, VERBS } from '../../src/delivery/local/api-schema.ts';
import {
  checkFence,
  type EffectRequest,
  EMPTY_RECORD,
  findEffect,
  withEffect,
} from '../../src/delivery/local/service-record.ts';
import type { Baseline, TrafficSnapshot } from '../../src/delivery/metric-source.ts';
import type { Environment, Health } from '../../src/delivery/target.ts';
import { Digest } from '../../src/ids.ts';
import { BEHAVIOUR_FILE, FIRST_VERSION, type LedgerLine } from './ledger.ts';

type Asked<N extends keyof typeof VERBS> = z.infer<(typeof VERBS)[N]>;
type Noted = Pick<LedgerLine, 'verb' | 'environment' | 'subject'>;

interface Version {
  readonly digest: Digest;
  readonly behaviour: string;
}

const REQUESTS_A_LOOK = 400;

/**
 * One service of the ledger target: it promises what the port promises (idempotent by effect id, fenced, no retiring under
 * weight) and makes up the traffic that its versions would get.
 */
export class LedgerService {
  private production: Version = { digest: Digest.parse(FIRST_VERSION), behaviour: 'plain' };
  private readonly places: Record<Environment, Version | null> = {
    staging: null,
    base: null,
    canary: null,
  };
  private pct = 0;
  private record = EMPTY_RECORD;
  private readonly counts = { control: 0, canary: 0, canaryErrors: 0 };
  private readonly name: string;
  private readonly endpoint: string;
  private readonly isOneWay: boolean;
  private readonly replaced = new Set<Digest>();

  constructor(name: string, endpoint: string, isOneWay: boolean) {
    this.name = name;
    this.endpoint = endpoint;
    this.isOneWay = isOneWay;
  }

  get state(): z.infer<typeof StateAnswer> {
    const at = (version: Version | null) =>
      version === null ? null : { version: version.digest, endpoint: this.endpoint };
    const { staging, base, canary } = this.places;
    return {
      production: at(this.production),
      canary: at(canary),
      staging: at(staging),
      base: at(base),
      canaryPct: this.pct,
      publicEndpoint: this.endpoint,
    };
  }

  health(environment: Environment): Health {
    const version = this.places[environment];
    const isCanary = environment === 'canary';
    const up = version !== null && !(isCanary && (version.behaviour === 'never-up' || this.isGone(version.digest)));
    return { up, detail: up ? 'up' : 'connection refused' };
  }

  deploy(asked: Asked<'deploy'>) {
    const { environment, version: digest, directory } = asked;
    return this.perform(
      asked,
      { verb: 'deploy', environment: leaseOfEnvironment(environment), subject: digest },
      () => {
        if (environment === 'canary') this.refuseUnderWeight();
        this.places[environment] = { digest, behaviour: readBehaviour(directory) };
        if (environment === 'canary') Object.assign(this.counts, { canary: 0, canaryErrors: 0 });
        return { version: digest, endpoint: this.endpoint };
      },
    );
  }

  weight(asked: Asked<'weight'>) {
    const subject = String(asked.canary_pct);
    return this.perform(asked, { verb: 'weight', environment: 'canary', subject }, () => {
      if (asked.canary_pct > 0 && this.places.canary === null)
        throw new ApiRefusal(409, 'NO_CANARY', 'there is no canary to give traffic to');
      this.pct = asked.canary_pct;
      return {};
    });
  }

  promote(asked: Asked<'promote'>) {
    return this.perform(asked, { verb: 'promote', environment: 'canary', subject: asked.version }, () => {
      const { canary } = this.places;
      if (canary?.digest !== asked.version)
        throw new ApiRefusal(409, 'NOT_THE_CANARY', 'the canary is another version');
      this.replaced.add(this.production.digest);
      this.production = canary;
      this.places.canary = null;
      this.pct = 0;
      return {};
    });
  }

  retire(asked: Asked<'retire'>) {
    const { environment } = asked;
    return this.perform(
      asked,
      { verb: 'retire', environment: leaseOfEnvironment(environment), subject: environment },
      () => {
        if (environment === 'canary') this.refuseUnderWeight();
        this.places[environment] = null;
        return {};
      },
    );
  }

  /** What routes traffic started anew and knows of no canary. */
  loseWeight(): void {
    this.pct = 0;
  }

  snapshot(): TrafficSnapshot {
    const { canary } = this.places;
    const share = canary === null ? 0 : this.pct / 100;
    const forCanary = Math.round(REQUESTS_A_LOOK * share);
    this.counts.control += REQUESTS_A_LOOK - forCanary;
    this.counts.canary += forCanary;
    if (canary?.behaviour === 'breaks') this.counts.canaryErrors += Math.ceil(forCanary / 4);
    const arm = (version: string, total: number, errors: number, up: boolean) => ({
      version,
      total,
      errors,
      slow: 0,
      histogram: [],
      up,
    });
    return {
      at: new Date().toISOString(),
      control: arm(this.production.digest, this.counts.control, 0, true),
      canary: canary && arm(canary.digest, this.counts.canary, this.counts.canaryErrors, this.health('canary').up),
      canary_pct: this.pct,
    };
  }

  baseline(now: Date): Baseline {
    return {
      service: this.name,
      window_from: new Date(now.getTime() - 3_600_000).toISOString(),
      window_to: now.toISOString(),
      requests: 10_000,
      days: 30,
      hour_of_week: 0,
      error_rate: 0,
      p50_ms: 400,
      p95_ms: 900,
      p99_ms: 10_000,
    };
  }

  private isGone(version: Digest): boolean {
    return this.isOneWay && this.replaced.has(version);
  }

  private refuseUnderWeight(): void {
    if (this.pct !== 0) throw new ApiRefusal(409, 'CANARY_HAS_WEIGHT', `the canary has ${this.pct} % of traffic`);
  }

  private perform(
    asked: { effect: { id: string; fence: string } },
    noted: Noted,
    act: () => { version?: string; endpoint?: string },
  ): { answer: unknown; noted: Noted; result: 'done' | 'repeated' } {
    const request: EffectRequest = {
      environment: noted.environment,
      verb: noted.verb,
      effect: asked.effect,
      subject: [noted.subject],
    };
    const before = findEffect(this.record, request);
    if (before) return { answer: before.answer, noted, result: 'repeated' };
    checkFence(this.record, request);
    const answer = act();
    this.record = withEffect(this.record, request, { ...answer });
    return { answer, noted, result: 'done' };
  }
}

function readBehaviour(directory: string): string {
  try {
    return readFileSync(join(directory, BEHAVIOUR_FILE), 'utf8').trim();
  } catch {
    return 'plain';
  }
}

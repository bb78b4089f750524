import { join } from 'node:path';
import type { z } from 'zod';
import type { Logger } from '../../log.ts';
import type { BaselineWindow } from '../baseline-window.ts';
import { makeEdges } from '../histogram.ts';
import { leaseOfEnvironment } from '../lease-of.ts';
import type { Baseline, TrafficSnapshot } from '../metric-source.ts';
import type { Environment, Health } from '../target.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { AdoptRequest, DeploymentAnswer, StateAnswer, VerbRequest } from './api-schema.ts';
import type { Observation } from './arm-counters.ts';
import { type KeptBaseline, keepBaseline } from './keep-baseline.ts';
import type { ProcessLedger } from './process-ledger.ts';
import { ServiceJournal } from './service-journal.ts';
import { checkFence, type EffectRequest, type ServiceRecord } from './service-record.ts';
import type { LocalService } from './settings.ts';
import { startVersion } from './start-version.ts';
import { startTrafficProxy, type TrafficProxy } from './traffic-proxy.ts';
import type { VersionProcess } from './version-process.ts';
import { makeWeightedChoice } from './weighted-choice.ts';

type Slot = 'production' | Environment;
const SLOTS: readonly Slot[] = ['production', 'canary', 'staging', 'base'];
type Deployed = z.infer<typeof DeploymentAnswer>;

export interface HostOptions {
  readonly service: LocalService;
  readonly host: string;
  readonly dataDir: string;
  readonly ledger: ProcessLedger;
  readonly log: Logger;
}

/**
 * One service on this machine: its versions, its entry to traffic, its memory of what was done.
 */
export class ServiceHost {
  private readonly journal: ServiceJournal;
  private readonly versions = new Map<Slot, VersionProcess>();
  /** Versions on their way out; closing waits for them. */
  private readonly retiring = new Set<Promise<void>>();
  private canaryPct = 0;
  private readonly edges: number[];
  private readonly baselines: KeptBaseline;
  private readonly choose = makeWeightedChoice();
  private readonly options: HostOptions;
  private proxy: TrafficProxy | null = null;

  private constructor(options: HostOptions) {
    this.options = options;
    this.edges = makeEdges(options.service.latency_edge_ms);
    const { service, dataDir, log } = options;
    const fileIn = (folder: string) => join(dataDir, folder, `${service.name}.json`);
    this.journal = new ServiceJournal(fileIn('services'), log.child({ service: service.name }));
    this.baselines = keepBaseline(fileIn('baselines'), this.edges, log);
  }

  /** Brings up what the record names, the canary with no weight, and opens the entry to traffic. */
  static async open(options: HostOptions): Promise<ServiceHost> {
    const host = new ServiceHost(options);
    try {
      await host.openAll();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  get state(): z.infer<typeof StateAnswer> {
    const at = (slot: Slot): Deployed | null => {
      const version = this.versions.get(slot);
      return version ? { version: version.version, endpoint: version.url } : null;
    };
    return {
      production: at('production'),
      canary: at('canary'),
      staging: at('staging'),
      base: at('base'),
      canaryPct: this.canaryPct,
      publicEndpoint: `http://${this.options.host}:${this.proxy?.port ?? 0}`,
    };
  }

  health(environment: Environment): Health {
    return this.versions.get(environment)?.health ?? { up: false, detail: `nothing is deployed to ${environment}` };
  }

  snapshot(now: Date): TrafficSnapshot {
    const control = this.versions.get('production');
    if (!control)
      throw new ApiRefusal(409, 'NO_PRODUCTION', 'nothing serves production, so there is nothing to compare with');
    const canary = this.versions.get('canary');
    return {
      at: now.toISOString(),
      control: control.counters.read(control.version, control.health.up),
      canary: canary?.counters.read(canary.version, canary.health.up) ?? null,
      canary_pct: this.canaryPct,
    };
  }

  baseline(now: Date, window: Pick<BaselineWindow, 'window_days' | 'hours'>): Baseline | null {
    return this.baselines.history.read(this.options.service.name, now.getTime(), window);
  }

  adopt(request: AdoptRequest): Promise<Deployed> {
    return this.journal.inTurn(async () => {
      const there = this.versions.get('production');
      if (there && there.version !== request.version) {
        throw new ApiRefusal(
          409,
          'ALREADY_DEPLOYED',
          `production runs ${there.version}; it changes through a canary only`,
        );
      }
      if (there) return { version: there.version, endpoint: there.url };
      const version = await this.start('production', request);
      try {
        this.journal.commit({ ...this.journal.record, production: request }, () =>
          this.versions.set('production', version),
        );
      } catch (error) {
        await version.stop();
        throw error;
      }
      return { version: version.version, endpoint: version.url };
    });
  }

  deploy(request: VerbRequest<'deploy'>): Promise<unknown> {
    const { environment, version, directory, effect } = request;
    const place = leaseOfEnvironment(environment);
    return this.journal.perform(
      { environment: place, verb: 'deploy', effect, subject: [version, directory] },
      async () => {
        if (environment === 'canary') {
          if (!this.versions.has('production'))
            throw new ApiRefusal(
              409,
              'NO_PRODUCTION',
              'a canary needs a production version beside it; adopt one first',
            );
          this.refuseUnderTraffic();
        }
        const started = await this.start(environment, { version, directory });
        const previous = this.versions.get(environment);
        return {
          next: { ...this.journal.record, [environment]: { version, directory } },
          answer: { version, endpoint: started.url },
          apply: () => {
            this.versions.set(environment, started);
            this.retireLater(previous);
          },
          undo: () => started.stop(),
        };
      },
    );
  }

  async setWeight(request: VerbRequest<'weight'>): Promise<unknown> {
    const pct = request.canary_pct;
    const effect: EffectRequest = { environment: 'canary', verb: 'weight', effect: request.effect, subject: [pct] };
    const answer = await this.journal.perform(effect, () => {
      if (pct > 0 && !this.versions.has('canary'))
        throw new ApiRefusal(409, 'NO_CANARY', 'there is no canary to give traffic to');
      return { next: this.journal.record, answer: {}, apply: () => this.applyWeight(pct) };
    });
    // Asked again, zero is made sure of once more: the way to safety must not depend on what is remembered.
    if (pct === 0)
      await this.journal
        .inTurn(() => checkFence(this.journal.record, effect))
        .then(() => this.applyWeight(0), ignoreStale);
    return answer;
  }

  promote(request: VerbRequest<'promote'>): Promise<unknown> {
    const { version, effect } = request;
    return this.journal.perform({ environment: 'canary', verb: 'promote', effect, subject: [version] }, () => {
      const canary = this.versions.get('canary');
      const production = this.versions.get('production');
      if (!canary && production?.version === version)
        return { next: this.journal.record, answer: {}, apply: () => this.applyWeight(0) };
      if (canary?.version !== version)
        throw new ApiRefusal(409, 'NOT_THE_CANARY', `the canary is ${canary?.version ?? 'none'}, not ${version}`);
      if (!canary.health.up)
        throw new ApiRefusal(503, 'CANARY_DOWN', `the canary is not healthy: ${canary.health.detail}`);
      return {
        next: { ...this.journal.record, production: { version, directory: canary.directory }, canary: null },
        answer: {},
        apply: () => {
          this.versions.set('production', canary);
          this.versions.delete('canary');
          this.applyWeight(0);
          this.retireLater(production);
        },
      };
    });
  }

  retire(request: VerbRequest<'retire'>): Promise<unknown> {
    const { environment, effect } = request;
    return this.journal.perform(
      { environment: leaseOfEnvironment(environment), verb: 'retire', effect, subject: [] },
      () => {
        if (environment === 'canary') this.refuseUnderTraffic();
        const there = this.versions.get(environment);
        return {
          next: { ...this.journal.record, [environment]: null },
          answer: {},
          apply: () => {
            this.versions.delete(environment);
            this.retireLater(there);
          },
        };
      },
    );
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.proxy?.close();
    await Promise.all([...this.versions.values()].map((version) => version.stop()));
    await Promise.all(this.retiring);
    this.baselines.close();
  }

  private async openAll(): Promise<void> {
    const { service, host, log } = this.options;
    const wished =
      service.port !== 0 ? [service.port] : [this.journal.record.public_port, 0].filter((port) => port !== null);
    const ports = {
      host,
      choose: () => this.chooseVersion(),
      observe: (version: VersionProcess, observation: Observation) => this.observe(version, observation),
      patienceMs: service.latency_edge_ms,
      log,
    };
    for (const slot of SLOTS) {
      const named = this.journal.record[slot];
      if (named) await this.bringBack(slot, named);
    }
    this.proxy = await startTrafficProxy(ports, wished);
    this.journal.commit({ ...this.journal.record, public_port: this.proxy.port }, () => undefined);
  }

  /** Without production there is no service to open; a lost canary or staged version is only deployed again. */
  private async bringBack(slot: Slot, named: NonNullable<ServiceRecord[Slot]>): Promise<void> {
    try {
      this.versions.set(slot, await this.start(slot, named));
    } catch (error) {
      if (slot === 'production' || !(error instanceof ApiRefusal)) throw error;
      this.options.log.warn({ err: error, slot }, 'a version could not be brought back');
      this.journal.forget(slot);
    }
  }

  private chooseVersion(): VersionProcess | null {
    const production = this.versions.get('production') ?? null;
    const canary = this.versions.get('canary');
    if (!canary || this.canaryPct === 0 || !this.choose(this.canaryPct)) return production;
    // A canary that is down gets no traffic, so that users are not hurt; that it is down is reported by itself.
    return canary.health.up ? canary : production;
  }

  private observe(version: VersionProcess, observation: Observation): void {
    version.counters.observe(observation);
    if (version === this.versions.get('production')) this.baselines.history.observe(observation, Date.now());
  }

  private applyWeight(pct: number): void {
    if (pct !== this.canaryPct)
      this.options.log.info({ service: this.options.service.name, from: this.canaryPct, to: pct }, 'canary weight set');
    this.canaryPct = pct;
  }

  private refuseUnderTraffic(): void {
    if (this.canaryPct === 0) return;
    throw new ApiRefusal(
      409,
      'CANARY_HAS_WEIGHT',
      `the canary has ${this.canaryPct} % of traffic; set its weight to 0 first`,
    );
  }

  private start(slot: Slot, what: NonNullable<ServiceRecord[Slot]>): Promise<VersionProcess> {
    return startVersion({ ...this.options, edges: this.edges, slot }, what);
  }

  private retireLater(version: VersionProcess | undefined): void {
    if (!version) return;
    const gone = version.retire().finally(() => this.retiring.delete(gone));
    this.retiring.add(gone);
  }
}

function ignoreStale(error: unknown): void {
  if (!(error instanceof ApiRefusal && error.code === 'STALE_FENCE')) throw error;
}

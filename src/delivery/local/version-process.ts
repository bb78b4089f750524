import type { ChildProcess } from 'node:child_process';
import { Agent } from 'node:http';
import type { Digest } from '../../ids.ts';
import type { Logger } from '../../log.ts';
import type { Health } from '../target.ts';
import type { VersionCounters } from './arm-counters.ts';
import { checkHealth } from './check-health.ts';
import { findPort, launchProcess } from './launch-process.ts';
import { type ProcessIdentity, readIdentity, signalGroup } from './process-identity.ts';

const CHECK_MS = 1_000;
const FIRST_CHECK_MS = 50;
const FAILED_CHECKS_DOWN = 3;
const STEADY_MS = 60_000;
const BACKOFF_MS = { base: 250, cap: 30_000 };
const DRAIN_MS = 5_000;
const KILL_MS = 5_000;
const KEPT_LINES = 20;

export interface VersionOptions {
  readonly command: readonly string[];
  readonly healthPath: string;
  readonly host: string;
  readonly version: Digest;
  readonly directory: string;
  readonly environment: string;
  readonly counters: VersionCounters;
  readonly log: Logger;
  /** Told of each process that this version starts and of its end, so that a successor can end what was left. */
  readonly onProcess: (change: { started?: ProcessIdentity; ended?: ProcessIdentity }) => void;
}

/**
 * One version of a service, kept running. Modes: starting (checked every 50 ms) → up → down after three failed checks → up;
 * from each of them a crash leads to waiting, which ends in starting after a growing pause; retire() leads to stopped, for good.
 */
export class VersionProcess {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 4_000 });
  readonly counters: VersionCounters;
  readonly version: Digest;
  readonly directory: string;
  /** Requests of the proxy that this version has not answered yet. */
  inFlight = 0;
  private port = 0;
  private mode: 'starting' | 'up' | 'down' | 'waiting' | 'stopped' = 'starting';
  private detail = 'starting';
  private child: ChildProcess | null = null;
  private crashes = 0;
  private failedChecks = 0;
  private upSinceMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly lastLines: string[] = [];
  private readonly options: VersionOptions;

  private constructor(options: VersionOptions) {
    this.options = options;
    this.counters = options.counters;
    this.version = options.version;
    this.directory = options.directory;
  }

  /** Returns when the process is started, not when it is healthy. */
  static async start(options: VersionOptions): Promise<VersionProcess> {
    const process = new VersionProcess(options);
    await process.launch();
    return process;
  }

  get endpoint(): { host: string; port: number } {
    return { host: this.options.host, port: this.port };
  }

  get url(): string {
    return `http://${this.options.host}:${this.port}`;
  }

  get health(): Health {
    return { up: this.mode === 'up', detail: this.detail };
  }

  /** Lets requests in flight end, asks the process to end, then makes it. */
  async retire(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS;
    while (this.inFlight > 0 && performance.now() < deadline) await new Promise((wake) => setTimeout(wake, 20));
    await this.stop();
  }

  async stop(): Promise<void> {
    this.setMode('stopped', 'stopped');
    clearTimeout(this.timer);
    this.agent.destroy();
    const { child } = this;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const { pid } = child;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_MS);
    await ended;
    clearTimeout(kill);
  }

  private async launch(): Promise<void> {
    const { options } = this;
    this.port = await findPort(options.host, this.port);
    if (this.mode === 'stopped') return;
    const child = launchProcess({ ...options, port: this.port });
    this.child = child;
    this.failedChecks = 0;
    this.keepLines(child);
    child.once('error', (error) => this.onCrash(`cannot be started: ${error.message}`, null, null));
    const identity = child.pid === undefined ? null : readIdentity(child.pid);
    if (identity) options.onProcess({ started: identity });
    child.once('exit', (code, signal) =>
      this.onCrash(`ended with ${signal ?? `code ${code}`}`, child.pid ?? null, identity),
    );
    this.scheduleCheck(FIRST_CHECK_MS);
  }

  private onCrash(what: string, pid: number | null, identity: ProcessIdentity | null): void {
    // The rest of its group, the watcher first of all, ends with it.
    if (pid !== null) signalGroup(pid, 'SIGKILL');
    if (identity) this.options.onProcess({ ended: identity });
    if (this.mode === 'stopped') return;
    clearTimeout(this.timer);
    this.crashes = this.mode === 'up' && performance.now() - this.upSinceMs > STEADY_MS ? 1 : this.crashes + 1;
    const pauseMs = Math.min(BACKOFF_MS.cap, BACKOFF_MS.base * 2 ** (this.crashes - 1));
    const lines = this.lastLines.slice(-3).join(' | ').slice(0, 300);
    this.setMode('waiting', `${what}; crash ${this.crashes}${lines ? `: ${lines}` : ''}`);
    this.options.log.warn(
      { what, crashes: this.crashes, pauseMs, lastLines: [...this.lastLines] },
      'a version crashed',
    );
    this.timer = setTimeout(() => {
      this.setMode('starting', `starting again after crash ${this.crashes}`);
      this.launch().catch((error: unknown) => this.onCrash(String(error), null, null));
    }, pauseMs);
  }

  private scheduleCheck(afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.check().catch((error: unknown) => this.options.log.error({ err: error }, 'a health check failed to run'));
    }, afterMs);
  }

  private async check(): Promise<void> {
    const { child } = this;
    const problem = await checkHealth(this.endpoint, this.options.healthPath);
    // A crash or stop that came while the check was under way has the say.
    if (this.child !== child || this.mode === 'stopped' || this.mode === 'waiting') return;
    this.applyCheck(problem);
    this.scheduleCheck(this.mode === 'starting' ? FIRST_CHECK_MS : CHECK_MS);
  }

  private applyCheck(problem: string | null): void {
    if (problem === null) {
      if (this.mode !== 'up') this.upSinceMs = performance.now();
      this.failedChecks = 0;
      this.setMode('up', 'healthy');
      return;
    }
    this.failedChecks += 1;
    if (this.mode === 'starting') this.detail = `starting: ${problem}`;
    if (this.mode === 'up' && this.failedChecks >= FAILED_CHECKS_DOWN) this.setMode('down', problem);
  }

  private setMode(mode: VersionProcess['mode'], detail: string): void {
    if (mode !== this.mode) this.options.log.info({ from: this.mode, to: mode, detail }, 'version changed mode');
    this.mode = mode;
    this.detail = detail;
  }

  /** Reads the output away, so that a full pipe never blocks the service, and keeps the last lines to explain a crash. */
  private keepLines(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        this.lastLines.push(...lines.slice(-KEPT_LINES).map((line) => line.slice(0, 300)));
        this.lastLines.splice(0, this.lastLines.length - KEPT_LINES);
      });
    }
  }
}

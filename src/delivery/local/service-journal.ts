import type { z } from 'zod';
import type { Logger } from '../../log.ts';
import { ApiRefusal } from './api-refusal.ts';
import type { DeploymentAnswer } from './api-schema.ts';
import { readDurable, writeDurably } from './durable-file.ts';
import {
  checkFence,
  type EffectRequest,
  EMPTY_RECORD,
  findEffect,
  ServiceRecord,
  withEffect,
} from './service-record.ts';

/** What a verb wants: the record after it, and the steps in memory once that is on disk (or not). */
export interface Change {
  readonly next: ServiceRecord;
  readonly answer: z.infer<typeof DeploymentAnswer> | Record<string, never>;
  readonly apply: () => void;
  readonly undo?: () => Promise<void>;
}

/**
 * What was done to one service, in a file. Verbs run one at a time; each is on disk before it is applied, so that a restart at any
 * moment stands before or after it, and an effect that is asked for again is answered and not repeated.
 */
export class ServiceJournal {
  private current: ServiceRecord;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;
  private readonly path: string;
  private readonly log: Logger;

  constructor(path: string, log: Logger) {
    this.path = path;
    this.log = log;
    this.current = readDurable(path, ServiceRecord) ?? EMPTY_RECORD;
  }

  get record(): ServiceRecord {
    return this.current;
  }

  /** @throws {ApiRefusal} of an older fence, of an effect id that was used for something else, or of the plan. */
  perform(request: EffectRequest, plan: () => Change | Promise<Change>): Promise<unknown> {
    return this.inTurn(async () => {
      const done = findEffect(this.current, request);
      if (done) return done.answer;
      checkFence(this.current, request);
      const change = await plan();
      try {
        this.commit(withEffect(change.next, request, change.answer), change.apply);
      } catch (error) {
        await change.undo?.();
        throw error;
      }
      const { verb, environment, effect } = request;
      this.log.info({ verb, environment, effect: effect.id }, 'effect done');
      return change.answer;
    });
  }

  commit(next: ServiceRecord, apply: () => void): void {
    writeDurably(this.path, next);
    this.current = next;
    apply();
  }

  /** For this process only, until something is committed: what the file names could not be brought back. */
  forget(slot: 'canary' | 'staging' | 'base'): void {
    this.current = { ...this.current, [slot]: null };
  }

  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.closed) return Promise.reject(new ApiRefusal(503, 'CLOSING', 'the local target is closing'));
    const result = this.last.then(work, work);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Takes no more work and waits for the verb that runs. */
  async close(): Promise<void> {
    this.closed = true;
    await this.last;
  }
}

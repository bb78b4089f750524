import { Agent, request } from 'node:http';

export interface SteadyTraffic {
  /** Answers by status; 0 stands for none. */
  readonly answers: ReadonlyMap<number, number>;
  /** Sends at this rate from now on. */
  setRate(perSecond: number): void;
  end(): Promise<void>;
}

/** Requests at a rate by the clock, whether or not earlier ones were answered: what is due is sent, late where the machine was. */
export function startSteadyTraffic(url: string, initial: number): SteadyTraffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const answers = new Map<number, number>();
  let perSecond = initial;
  let lookedAt = performance.now();
  let due = 0;
  let open = 0;
  const send = (): void => {
    open += 1;
    let isOpen = true;
    const settle = (status: number): void => {
      if (!isOpen) return;
      isOpen = false;
      open -= 1;
      answers.set(status, (answers.get(status) ?? 0) + 1);
    };
    const sent = request(url, { agent, timeout: 60_000 }, (response) => {
      response.resume();
      response.once('end', () => settle(response.statusCode ?? 0));
      response.once('close', () => settle(0));
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', () => settle(0));
    sent.end();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    // A machine that stood still is not made up for all at once: that would be another traffic than was asked for.
    due = Math.min(due + ((now - lookedAt) / 1000) * perSecond, perSecond);
    lookedAt = now;
    for (; due >= 1; due -= 1) send();
  }, 10);
  return {
    answers,
    setRate: (next) => void (perSecond = next),
    async end() {
      clearInterval(timer);
      agent.destroy();
      // Destroyed sockets end their requests; the next turns count them.
      while (open > 0) await new Promise((wake) => setTimeout(wake, 10));
    },
  };
}

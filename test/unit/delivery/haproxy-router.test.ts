import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeHaproxyRouter } from '../../../src/delivery/haproxy/make-haproxy-router.ts';
import type { RuntimeSocket } from '../../../src/delivery/haproxy/runtime-socket.ts';
import { findWeightPair, shareOf } from '../../../src/delivery/haproxy/weight-pair.ts';

const signal = new AbortController().signal;
const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state';

/** A runtime API over two servers, whose weights may refuse to move. */
function makeFake(options: { stuck?: boolean; stranger?: number } = {}) {
  const weights: Record<string, number> = { stable: 100, canary: 0, other: options.stranger ?? 0 };
  const files: Record<string, number> = { stable: 100, canary: 0, other: 0 };
  const admin: Record<string, number> = { stable: 0, canary: 0, other: 0 };
  const said: string[] = [];
  const send: RuntimeSocket = (commands) => {
    const answers = commands.map((command) => {
      const [, server = '', value = ''] = /shop\/(\w+) (?:state )?(\w+)/.exec(command) ?? [];
      if (command.startsWith('show servers state')) {
        const rows = Object.keys(weights).map(
          (name, index) =>
            `3 shop ${index} ${name} 127.0.0.1 2 ${admin[name]} ${weights[name]} ${files[name]} 9 6 3 4 6`,
        );
        return `1\n${HEADER}\n${rows.join('\n')}\n`;
      }
      said.push(command);
      if (command.startsWith('set weight') && options.stuck)
        return "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n";
      if (command.startsWith('set weight')) weights[server] = Number(value);
      if (command.endsWith('state maint')) admin[server] = 1;
      return '\n';
    });
    return Promise.resolve(answers.join('\n'));
  };
  const router = makeHaproxyRouter(send, { backend: 'shop', stableServers: ['stable'], canaryServers: ['canary'] });
  return { router, weights, admin, said };
}

describe('weights', () => {
  it('give each share with two decimals or none at all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (cents, stable, canary) => {
          const pct = cents / 100;
          const pair = findWeightPair(pct, stable, canary);
          if (pair === null) return;
          expect(shareOf(pair.canary * canary, pair.canary * canary + pair.stable * stable)).toBe(pct);
          expect(Math.max(pair.stable, pair.canary)).toBeLessThanOrEqual(256);
        },
      ),
    );
  });

  it('express every half percent from 0.5 to 99.5 for one server on each side', () => {
    const missing = Array.from({ length: 199 }, (_, index) => (index + 1) / 2).filter(
      (pct) => findWeightPair(pct, 1, 1) === null,
    );
    expect(missing).toEqual([]);
    expect(findWeightPair(0.2, 1, 1)).toBeNull();
    expect(findWeightPair(5, 1, 1)).toEqual({ stable: 19, canary: 1 });
  });
});

describe('the HAProxy router', () => {
  it('takes a canary out by maintenance when its weight cannot be set, and counts that as zero', async () => {
    const { router, weights, admin, said } = makeFake({ stuck: true });
    weights['canary'] = 5;
    await router.setWeight(0, signal);
    expect(said).toEqual(['set weight shop/canary 0', 'set server shop/canary state maint']);
    expect(admin['canary']).toBe(1);
    expect(await router.getWeight(signal)).toBe(0);
    await expect(router.setWeight(5, signal)).rejects.toMatchObject({ code: 'SERVER_IN_MAINTENANCE' });
  });

  it('raises production before it lowers a canary that serves everything', async () => {
    const { router, weights, said } = makeFake();
    Object.assign(weights, { stable: 0, canary: 100 });
    await router.setWeight(0, signal);
    expect(said).toEqual(['set weight shop/stable 100', 'set weight shop/canary 0']);
  });

  it('counts a server that was not named, and raises nothing beside it', async () => {
    const { router } = makeFake({ stranger: 100 });
    await expect(router.setWeight(5, signal)).rejects.toMatchObject({
      code: 'UNKNOWN_SERVER',
      name: 'UnrecoverableError',
    });
  });

  it('says what HAProxy said', async () => {
    const { router } = makeFake({ stuck: true });
    await expect(router.setWeight(5, signal)).rejects.toThrow('[WEIGHT_REFUSED] HAProxy: Backend is using a static LB');
  });
});

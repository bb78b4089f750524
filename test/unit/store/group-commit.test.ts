import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { StoreDown } from '../../../src/errors.ts';
import { makeGroupCommit } from '../../../src/store/group-commit.ts';

/** Statements that are answered when the test says so. */
function makeStore(
  over: {
    maxEntries?: number;
    maxBytes?: number;
    halveAbove?: number;
    settled?: () => void;
    clock?: () => number;
  } = {},
) {
  const sent: { bodies: readonly string[]; answer: () => void; fail: (error: unknown) => void }[] = [];
  const commits = makeGroupCommit<string>({
    send: (bodies) =>
      new Promise((resolve, reject) => {
        sent.push({ bodies, answer: () => resolve(bodies.map((body) => `ok ${body}`)), fail: reject });
      }),
    isUncertain: (error) => error instanceof StoreDown,
    maxEntries: 10,
    maxBytes: 1_000,
    clock: () => 0,
    ...over,
  });
  /** Lets everything run that only waited for an answer: who was answered has a turn to come back in. */
  const settled = async () => {
    for (let turn = 0; turn < 4; turn++) await nextTurn();
  };
  return { sent, settled, add: (...bodies: string[]) => commits.commit(bodies, (answers) => answers.join(',')) };
}

/** Until everything has gone on that needs no answer from outside; not a turn of the event loop. */
const thisMoment = () => new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));

describe('group commit', () => {
  test('a lone text goes in the same turn, and what comes meanwhile goes together in the next statement', async () => {
    const { sent, settled, add } = makeStore();
    const first = add('a');
    await thisMoment();
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a']]);
    const rest = [add('b'), add('c', 'd')];
    expect(sent).toHaveLength(1);
    sent[0]?.answer();
    expect(await first).toBe('ok a');
    await settled();
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a'], ['b', 'c', 'd']]);
    sent[1]?.answer();
    expect(await Promise.all(rest)).toEqual(['ok b', 'ok c,ok d']);
  });

  test('those who go on at the same moment, some awaits later, go together', async () => {
    const { sent, add } = makeStore();
    const after = async (awaits: number, body: string) => {
      for (let n = 0; n < awaits; n++) await Promise.resolve();
      return add(body);
    };
    const all = Promise.all([after(1, 'a'), after(9, 'b'), after(30, 'c')]);
    await thisMoment();
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a', 'b', 'c']]);
    sent[0]?.answer();
    expect(await all).toEqual(['ok a', 'ok b', 'ok c']);
  });

  test('a statement is bounded by entries and by bytes; a group that is larger goes alone and whole', async () => {
    const { sent, settled, add } = makeStore({ maxEntries: 3, maxBytes: 10 });
    const first = add('a');
    await thisMoment();
    const all = [first, add('b'), add('c'), add('d'), add('123456'), add('123456'), add('e', 'f', 'g', 'h'), add('i')];
    for (let n = 0; n < 6; n++) {
      sent[n]?.answer();
      await settled();
    }
    await Promise.all(all);
    expect(sent.map(({ bodies }) => bodies)).toEqual([
      ['a'],
      ['b', 'c', 'd'],
      ['123456'],
      ['123456'],
      ['e', 'f', 'g', 'h'],
      ['i'],
    ]);
  });

  test('one that is refused fails alone: what it was sent with is sent again without it', async () => {
    const { sent, settled, add } = makeStore();
    void add('a');
    await thisMoment();
    const all = Promise.allSettled([add('b'), add('poison'), add('c')]);
    sent[0]?.answer();
    await settled();
    sent[1]?.fail(new Error('not text'));
    for (const n of [2, 3, 4]) {
      await settled();
      if (sent[n]?.bodies[0] === 'poison') sent[n]?.fail(new Error('not text'));
      else sent[n]?.answer();
    }
    expect(await all).toEqual([
      { status: 'fulfilled', value: 'ok b' },
      { status: 'rejected', reason: new Error('not text') },
      { status: 'fulfilled', value: 'ok c' },
    ]);
  });

  test('no answer fails everything in the statement, and nothing of it is sent again', async () => {
    const { sent, settled, add } = makeStore();
    void add('a');
    await thisMoment();
    const lost = Promise.allSettled([add('b'), add('c')]);
    sent[0]?.answer();
    await settled();
    const later = add('d');
    const down = new StoreDown('postgres');
    sent[1]?.fail(down);
    expect(await lost).toEqual([down, down].map((reason) => ({ status: 'rejected', reason })));
    await settled();
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a'], ['b', 'c'], ['d']]);
    sent[2]?.answer();
    expect(await later).toBe('ok d');
  });

  test('the next statement is on its way before those of the answered one go on', async () => {
    const { sent, settled, add } = makeStore();
    const seen: number[] = [];
    const first = add('a').then(() => seen.push(sent.length));
    await thisMoment();
    const second = add('b').then(() => seen.push(sent.length));
    sent[0]?.answer();
    await first;
    expect(seen).toEqual([2]);
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a'], ['b']]);
    // It comes back while the second is in flight, and waits: one statement at a time.
    const third = add('c');
    await settled();
    expect(sent).toHaveLength(2);
    sent[1]?.answer();
    await second;
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a'], ['b'], ['c']]);
    sent[2]?.answer();
    expect(await third).toBe('ok c');
  });

  test('many that would all come back at the same moment take turns in two halves', async () => {
    const { sent, settled, add } = makeStore({ halveAbove: 4 });
    let rounds = 3;
    const writer = async (name: string) => {
      for (let n = 0; n < rounds; n++) await add(`${name}${n}`);
    };
    const all = Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(writer));
    for (let n = 0; n < 2 * rounds; n++) {
      await settled();
      sent[n]?.answer();
    }
    await all;
    const halves = [0, 1, 2].flatMap((n) =>
      [
        ['a', 'b', 'c'],
        ['d', 'e', 'f'],
      ].map((h) => h.map((name) => `${name}${n}`)),
    );
    expect(sent.map(({ bodies }) => bodies)).toEqual(halves);
    // As many as the limit are not parted: a commit more would cost more than it saves.
    rounds = 1;
    const few = Promise.all(['a', 'b', 'c', 'd'].map(writer));
    await settled();
    sent[6]?.answer();
    await few;
    expect(sent.slice(6).map(({ bodies }) => bodies)).toEqual([['a0', 'b0', 'c0', 'd0']]);
  });

  test('where a statement takes much longer than its callers, they go on first and all share the next one', async () => {
    let now = 0;
    const { sent, settled, add } = makeStore({ halveAbove: 4, clock: () => now });
    const writer = async (name: string) => {
      for (const n of [0, 1, 2, 3]) {
        await add(`${name}${n}`);
        now += 1;
      }
    };
    const all = Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(writer));
    // Two halves are tried; while the disk is slow all share one; once it is quick again they part again.
    for (const tookMs of [100, 100, 100, 1, 1, 1]) {
      await settled();
      now += tookMs;
      sent.at(-1)?.answer();
    }
    await all;
    const bodies = (n: number, names = 'abcdef') => names.split('').map((name) => `${name}${n}`);
    expect(sent.map((one) => one.bodies)).toEqual([
      bodies(0, 'abc'),
      bodies(0, 'def'),
      bodies(1),
      bodies(2),
      bodies(3, 'abc'),
      bodies(3, 'def'),
    ]);
  });

  test('a lost answer leaves the statement behind it in no doubt, and it is told in its own time', async () => {
    const { sent, settled, add } = makeStore();
    const told: string[] = [];
    const first = add('a').catch(() => told.push('a lost'));
    await thisMoment();
    const second = add('b').then(() => told.push('b stands'));
    sent[0]?.fail(new StoreDown('postgres'));
    await settled();
    expect(told).toEqual(['a lost']);
    expect(sent.map(({ bodies }) => bodies)).toEqual([['a'], ['b']]);
    sent[1]?.answer();
    await Promise.all([first, second]);
    expect(told).toEqual(['a lost', 'b stands']);
  });

  test('after the last group of a statement was settled, and before any caller goes on, that is said once', async () => {
    const order: string[] = [];
    const { sent, add } = makeStore({ settled: () => order.push('settled') });
    const all = Promise.all(['a', 'b'].map((body) => add(body).then(() => order.push(body))));
    await thisMoment();
    sent[0]?.answer();
    await all;
    expect(order).toEqual(['settled', 'a', 'b']);
  });

  test('a caller that cannot use its answers fails alone', async () => {
    const { sent, add } = makeStore();
    const first = add('a');
    const commits = makeGroupCommit<string>({
      send: async (bodies) => bodies,
      isUncertain: () => false,
      maxEntries: 10,
      maxBytes: 10,
    });
    const refused = commits.commit(['x'], () => {
      throw new Error('refused');
    });
    const fine = commits.commit(['y'], (answers) => answers);
    await expect(refused).rejects.toThrow('refused');
    expect(await fine).toEqual(['y']);
    sent[0]?.answer();
    expect(await first).toBe('ok a');
  });
});

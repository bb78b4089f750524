import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberItem } from '../src/recent-items.js';

test('renders an item once', () => {
  let renders = 0;
  const render = () => {
    renders += 1;
    return { id: 1 };
  };
  assert.deepEqual(rememberItem(1, render), { id: 1 });
  assert.deepEqual(rememberItem(1, render), { id: 1 });
  assert.equal(renders, 1);
});

test('keeps items apart', () => {
  assert.deepEqual(
    rememberItem(2, () => ({ id: 2 })),
    { id: 2 },
  );
  assert.deepEqual(
    rememberItem(3, () => ({ id: 3 })),
    { id: 3 },
  );
  assert.deepEqual(
    rememberItem(2, () => ({ id: 'other' })),
    { id: 2 },
  );
});

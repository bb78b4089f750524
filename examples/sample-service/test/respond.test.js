import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respond } from '../src/respond.js';

test('answers the health check and the version', () => {
  assert.deepEqual(respond('GET', '/healthz'), { status: 200, body: { ok: true } });
  assert.equal(respond('GET', '/version').status, 200);
});

test('shows one item', () => {
  const { status, body } = respond('GET', '/items/7');
  assert.equal(status, 200);
  assert.equal(body.name, 'hammock no. 7');
  assert.match(body.price, /^\d+\.\d\d$/);
});

test('knows no item 601', () => {
  assert.equal(respond('GET', '/items/601').status, 404);
});

test('lists items by page', () => {
  assert.equal(respond('GET', '/items?page=2').body.items[0].id, 21);
  assert.equal(respond('GET', '/items?page=0').status, 400);
});

test('quotes an amount with shipping and tax', () => {
  const { body } = respond('GET', '/quote?amount=1250&country=DE');
  assert.deepEqual(body, { amount: '12.50', shipping: '4.90', tax: '3.31', total: '20.71' });
  assert.equal(respond('GET', '/quote?amount=ten').status, 400);
});

test('refuses other methods and unknown routes', () => {
  assert.equal(respond('POST', '/items').status, 405);
  assert.equal(respond('GET', '/nothing').status, 404);
});

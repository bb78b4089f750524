import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respond } from '../src/respond.js';
import { availability } from '../src/stock.js';

test('tells when few are left', () => {
  assert.equal(availability(0), 'sold out');
  assert.equal(availability(5), 'only 5 left');
  assert.equal(availability(6), 'in stock');
});

test('shows the availability of an item', () => {
  assert.equal(respond('GET', '/items/1').body.availability, 'in stock');
});

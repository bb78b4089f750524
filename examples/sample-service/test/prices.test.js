import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCents, shippingCents, taxCents } from '../src/prices.js';

test('tax follows the country and is rounded half up', () => {
  assert.equal(taxCents(1000, 'DE'), 190);
  assert.equal(taxCents(1250, 'NL'), 263);
  assert.equal(taxCents(1000, 'US'), 0);
});

test('shipping is free from 50.00 on', () => {
  assert.equal(shippingCents(4999), 490);
  assert.equal(shippingCents(5000), 0);
});

test('cents are written with two digits', () => {
  assert.equal(formatCents(5), '0.05');
  assert.equal(formatCents(1905), '19.05');
});

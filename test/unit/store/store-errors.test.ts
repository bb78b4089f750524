import { expect, test } from 'vitest';
import { StoreDown } from '../../../src/errors.ts';
import { isConnectionLost, isStoreDown, mapStoreErrors, toStoreError } from '../../../src/store/store-errors.ts';

function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

const down = [
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '08000',
  '08006',
  '53300',
  '53100',
  '58030',
  '55P03',
  '25P03',
  '25006',
];
const sockets = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'ENOENT'];

test.each([...down, ...sockets])('%s is the store out of reach', (code) => {
  expect(isStoreDown(failure('x', code))).toBe(true);
});

test.each([
  'Query read timeout',
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
])('pg saying "%s" is the store out of reach', (message) => {
  expect(isStoreDown(failure(message))).toBe(true);
});

test.each(['23505', '42501', '22P02', '28P01', '3D000', '40001', 'ERR_INVALID_ARG_TYPE'])('%s is not', (code) => {
  expect(isStoreDown(failure('Query read timeout', code))).toBe(false);
});

test('neither is a bug, nor the other store', () => {
  expect(isStoreDown(new TypeError('x is not a function'))).toBe(false);
  expect(isStoreDown(new StoreDown('redis'))).toBe(false);
  expect(isStoreDown('ECONNREFUSED')).toBe(false);
});

test('all addresses of a name refused is the store out of reach', () => {
  expect(isStoreDown(new AggregateError([failure('x', 'ECONNREFUSED')]))).toBe(true);
});

test('a statement that ran out of time leaves the connection usable, a lost one does not', () => {
  expect(['57014', '55P03'].map((code) => isConnectionLost(failure('x', code)))).toEqual([false, false]);
  expect(isConnectionLost(failure('x', '57P01'))).toBe(true);
  expect(isConnectionLost(failure('Query read timeout'))).toBe(true);
  expect(isConnectionLost(failure('x', '23505'))).toBe(false);
});

test('maps to StoreDown with the cause kept, and leaves the others alone', async () => {
  const cause = failure('x', '57P01');
  expect(toStoreError(cause)).toMatchObject({ name: 'StoreDown', store: 'postgres', cause });
  const refused = failure('x', '23505');
  await expect(mapStoreErrors(() => Promise.reject(refused))).rejects.toBe(refused);
  await expect(mapStoreErrors(() => Promise.reject(cause))).rejects.toBeInstanceOf(StoreDown);
  await expect(mapStoreErrors(() => Promise.resolve(7))).resolves.toBe(7);
});

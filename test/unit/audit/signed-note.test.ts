import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import {
  formatVerificationKey,
  isLogName,
  openNote,
  parseVerificationKey,
  signNote,
  type VerificationKey,
} from '../../../src/audit/signed-note.ts';

/** The example of golang.org/x/mod/sumdb/note: made by others, so that we agree with more than ourselves. */
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT =
  'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
    '’',
    "'",
  );
const GO_SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

function makeKey(name = 'slipway.example.com/audit') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const verification = parse(formatVerificationKey(name, publicKey));
  return { privateKey, verification };
}

function parse(text: string): VerificationKey {
  const key = parseVerificationKey(text);
  if (key === null) throw new Error(`no key: ${text}`);
  return key;
}

test('reads a note that another implementation signed', () => {
  expect(openNote(`${GO_TEXT}\n${GO_SIGNATURE}`, parse(GO_KEY))).toBe(GO_TEXT);
  expect(openNote(`${GO_TEXT.replace('you', 'I')}\n${GO_SIGNATURE}`, parse(GO_KEY))).toBeNull();
});

test('a note holds for its key alone, passes over signatures of others, and breaks with any byte', () => {
  const ours = makeKey();
  const others = makeKey('elsewhere/audit');
  const note = signNote('a\nb\n', ours.verification, ours.privateKey);
  expect(openNote(note, ours.verification)).toBe('a\nb\n');
  expect(openNote(note, others.verification)).toBeNull();
  const second = signNote('a\nb\n', others.verification, others.privateKey).split('\n\n')[1] ?? '';
  expect(openNote(note + second, ours.verification)).toBe('a\nb\n');
  expect(openNote(note + second, others.verification)).toBe('a\nb\n');
  for (let at = 0; at < note.length; at++) {
    const broken = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`;
    expect(openNote(broken, ours.verification)).toBeNull();
    expect(openNote(note.slice(0, at), ours.verification)).toBeNull();
  }
});

test('a verification key is taken only whole, of Ed25519, and under its own id', () => {
  const key = parse(GO_KEY);
  expect([key.name, key.id, formatVerificationKey(key.name, key.key)]).toEqual(['PeterNeumann', 'c74f20a3', GO_KEY]);
  for (const bad of ['', 'PeterNeumann', GO_KEY.replace('c74f20a3', 'c74f20a4'), GO_KEY.replace('PeterN', 'PeteRN')])
    expect(parseVerificationKey(bad)).toBeNull();
  expect(['a', 'x.example.com/audit-1'].map(isLogName)).toEqual([true, true]);
  expect(['', 'a b', 'a+b', '/a', 'ä', 'x'.repeat(101)].map(isLogName)).toEqual(Array(6).fill(false));
});

test('a checkpoint is the same bytes for the same head, and none of another log or with anything else in it', () => {
  const { privateKey, verification } = makeKey();
  const head = { size: 7n, chainHash: 'ab'.repeat(32) };
  const note = signCheckpoint(head, verification, privateKey);
  expect(signCheckpoint(head, verification, privateKey)).toBe(note);
  expect(openCheckpoint(note, verification)).toEqual(head);
  const hash = Buffer.from(head.chainHash, 'hex').toString('base64');
  for (const text of [
    `another/log\n7\n${hash}\n`,
    `${verification.name}\n0\n${hash}\n`,
    `${verification.name}\n07\n${hash}\n`,
    `${verification.name}\n7\n${hash}\nmore\n`,
    `${verification.name}\n7\n${hash.slice(4)}\n`,
  ])
    expect(openCheckpoint(signNote(text, verification, privateKey), verification)).toBeNull();
});

import { expect, it } from 'vitest';
import { isPrivate } from '../../../src/signer/signing-key.ts';

const self = { uid: 1000, gid: 1000 };

it.each([
  ['its owner’s alone', { mode: 0o100400, uid: 1000, gid: 1000 }, true],
  ['root’s, for the group of this process, as Kubernetes mounts it', { mode: 0o100440, uid: 0, gid: 1000 }, true],
  ['root’s, for another group', { mode: 0o100440, uid: 0, gid: 100 }, false],
  ['its owner’s and a group’s', { mode: 0o100440, uid: 1000, gid: 1000 }, false],
  ['a group’s to write', { mode: 0o100460, uid: 0, gid: 1000 }, false],
  ['everybody’s', { mode: 0o100444, uid: 0, gid: 1000 }, false],
])('a key that is %s: %o', (_what, file, holds) => {
  expect(isPrivate(file, self)).toBe(holds);
  // Who runs as root has no group of its own.
  if ((file.mode & 0o077) !== 0) expect(isPrivate(file, { uid: 0, gid: file.gid })).toBe(false);
});

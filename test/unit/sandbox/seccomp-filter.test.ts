import { describe, expect, it } from 'vitest';
import { makeSeccompFilter } from '../../../src/sandbox/seccomp-filter.ts';

const X86_64 = 0xc000003e;

/** Just enough of a classic BPF machine to run the filter as the kernel would. */
function verdictOf(program: Buffer, arch: number, nr: number): string {
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at);
    const k = program.readUInt32LE(at + 4);
    if (code === 0x20) accumulator = k === 4 ? arch : nr;
    else if (code === 0x06) return k === 0x7fff0000 ? 'allow' : k === 0x80000000 ? 'kill' : `errno ${k & 0xffff}`;
    else {
      const holds = code === 0x15 ? accumulator === k : accumulator >= k;
      at += 8 * program.readUInt8(at + (holds ? 2 : 3));
    }
  }
  throw new Error('ran off the end');
}

describe('makeSeccompFilter', () => {
  const filter = makeSeccompFilter('x64') ?? Buffer.alloc(0);

  it.each([
    ['read', 0, 'allow'],
    ['clone', 56, 'allow'],
    ['mount', 165, 'errno 1'],
    ['unshare', 272, 'errno 1'],
    ['bpf', 321, 'errno 1'],
    ['mount_setattr', 442, 'errno 1'],
    ['memfd_create', 319, 'errno 38'],
    ['io_uring_setup', 425, 'errno 38'],
    ['x32 read', 0x40000000, 'errno 38'],
  ])('answers %s', (_name, nr, verdict) => {
    expect(verdictOf(filter, X86_64, nr)).toBe(verdict);
  });

  it('kills a process that calls in another architecture', () => {
    expect(verdictOf(filter, 0x40000003, 0)).toBe('kill');
  });

  it('knows arm64 and says where it knows nothing', () => {
    expect(verdictOf(makeSeccompFilter('arm64') ?? Buffer.alloc(0), 0xc00000b7, 97)).toBe('errno 1');
    expect(makeSeccompFilter('riscv64')).toBeNull();
  });
});

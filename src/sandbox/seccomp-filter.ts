/**
 * A classic BPF program for bubblewrap's `--seccomp`: refuses kernel surface that tests do not need and that has been
 * a way out before. Numbers are the kernel's (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h);
 * instruction layout as in linux/filter.h.
 */

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL_EPERM = 0x00050000 | 1;
const FAIL_ENOSYS = 0x00050000 | 38;
/** Offsets in struct seccomp_data. */
const NR_OFFSET = 0;
const ARCH_OFFSET = 4;
/** Numbers from here on are the x32 calls of an x86-64 kernel: a second door to everything. */
const X32_BIT = 0x40000000;

interface Architecture {
  readonly audit: number;
  readonly hasX32: boolean;
  /** Answered EPERM. */
  readonly refused: readonly (readonly number[])[];
  /** Answered ENOSYS, so that libraries fall back. */
  readonly absent: readonly number[];
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    hasX32: true,
    refused: [
      [101, 310, 311], // ptrace, process_vm_readv, process_vm_writev
      [165, 166, 155, 272, 308], // mount, umount2, pivot_root, unshare, setns
      [248, 249, 250], // add_key, request_key, keyctl
      [298, 321, 323], // perf_event_open, bpf, userfaultfd
      [175, 313, 176, 246, 320], // init_module, finit_module, delete_module, kexec_load, kexec_file_load
      [163, 167, 168, 169, 304], // acct, swapon, swapoff, reboot, open_by_handle_at
      [428, 429, 430, 431, 432, 433, 442], // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
    ],
    // memfd_create (memory that no process map shows), io_uring_setup, io_uring_enter, io_uring_register
    absent: [319, 425, 426, 427],
  },
  arm64: {
    audit: 0xc00000b7,
    hasX32: false,
    refused: [
      [117, 270, 271],
      [40, 39, 41, 97, 268],
      [217, 218, 219],
      [241, 280, 282],
      [105, 273, 106, 104, 294],
      [89, 224, 225, 142, 265],
      [428, 429, 430, 431, 432, 433, 442],
    ],
    absent: [279, 425, 426, 427],
  },
};

function instruction(code: number, k: number, jumpTrue = 0, jumpFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(k >>> 0, 4);
  return bytes;
}

function refuse(nr: number, verdict: number): Buffer[] {
  return [instruction(JUMP_EQUAL, nr, 0, 1), instruction(RETURN, verdict)];
}

/** The filter for a Node architecture name, or null where the numbers are not known to us. */
export function makeSeccompFilter(arch: string): Buffer | null {
  const known = ARCHITECTURES[arch];
  if (known === undefined) return null;
  const x32 = known.hasX32 ? [instruction(JUMP_AT_LEAST, X32_BIT, 0, 1), instruction(RETURN, FAIL_ENOSYS)] : [];
  const program = [
    [
      instruction(LOAD_WORD, ARCH_OFFSET),
      instruction(JUMP_EQUAL, known.audit, 1, 0),
      instruction(RETURN, KILL_PROCESS),
    ],
    [instruction(LOAD_WORD, NR_OFFSET)],
    x32,
    known.refused.flat().flatMap((nr) => refuse(nr, FAIL_EPERM)),
    known.absent.flatMap((nr) => refuse(nr, FAIL_ENOSYS)),
    [instruction(RETURN, ALLOW)],
  ];
  return Buffer.concat(program.flat());
}

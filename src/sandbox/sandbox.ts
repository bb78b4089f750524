import { z } from 'zod';
import type { Receipt } from '../audit/audit-log.ts';

/** One execution of untrusted code. */
export interface SandboxRun {
  /** A tree that is copied into a fresh directory; links that leave it are refused. */
  readonly sourceDirectory: string;
  /** Files to add to the copy, outside any link: path relative to the tree, content. Existing files are never overwritten. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Report file the command writes, relative to the tree; read without following links. Undefined = stdout. */
  readonly reportFile: string | undefined;
  /** The only addresses that can be reached from inside; none without it. */
  readonly doors?: readonly Door[];
  /** Variables beside PATH, HOME, TMPDIR and LANG. Never a secret: what runs inside is not trusted. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What listens on 127.0.0.1:`port` inside is one address outside, and nothing else. */
export interface Door {
  readonly port: number;
  readonly to: { readonly host: string; readonly port: number } | { readonly path: string };
}

export const SandboxResult = z.strictObject({
  end: z.enum(['exited', 'timed_out', 'out_of_memory', 'too_much_output', 'killed']),
  exit_code: z.int().nullable(),
  /** Capped at 1 MB each. */
  stdout: z.string(),
  stderr: z.string(),
  /** The report file's text, capped at 1 MB; null when absent or not a regular file. */
  report: z.string().nullable(),
  duration_ms: z.int().min(0),
});
export type SandboxResult = z.infer<typeof SandboxResult>;

export interface Sandbox {
  /**
   * No network but the doors, no secrets, no host files; time, memory, processes and output are limited.
   * @throws {PermanentFailure} SANDBOX_REFUSED when the tree cannot be laid out safely (a link that leaves it, a bad path).
   */
  run(receipt: Receipt, request: SandboxRun, signal: AbortSignal): Promise<SandboxResult>;
}

/** What the start-up probe found when it attacked its own profile. Not ready = no untrusted code runs on this worker. */
export interface SandboxReadiness {
  readonly ready: boolean;
  readonly attacks: readonly { readonly name: string; readonly held: boolean; readonly detail: string }[];
}

/** Counted from a JUnit or TAP report by us; the command's own exit code is only a claim. */
export const TestReport = z.strictObject({
  total: z.int().min(0),
  passed: z.int().min(0),
  failed: z.int().min(0),
  skipped: z.int().min(0),
  failures: z.array(z.strictObject({ name: z.string(), message: z.string() })),
});
export type TestReport = z.infer<typeof TestReport>;

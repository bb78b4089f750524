import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { replaceFile } from '../replace-file.ts';

/** Replaces a file that only its owner reads; its directory is made if it is not there. */
export function writeDurably(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, JSON.stringify(value), 0o600);
}

/** @throws when the file is there but cannot be understood: a guess about what production runs is worse than a stop. */
export function readDurable<T extends z.ZodType>(path: string, schema: T): z.infer<T> | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.ts';
import { type ReadConfigOptions, readConfig } from '../../../src/config/read-config.ts';
import { InputError, type InputProblem } from '../../../src/errors.ts';

export function withTempDir<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-config-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Extra = Omit<ReadConfigOptions, 'file'>;

/** Reads a configuration from its text, with an empty environment unless one is given. */
export function readText(text: string, options: Extra = {}): Config {
  return withTempDir((directory) => {
    const file = join(directory, 'slipway.yaml');
    writeFileSync(file, text);
    return readConfig({ env: {}, now: new Date('2026-11-23T00:00:00Z'), ...options, file });
  });
}

export function problemsOf(read: () => unknown): readonly InputProblem[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

/** Every problem as `line:column field: problem`. */
export function problemLines(text: string, options: Extra = {}): string[] {
  return problemsOf(() => readText(text, options)).map(({ at, field, problem }) => {
    const place = at === undefined ? '' : `${at.line}:${at.column} `;
    return `${place}${field}: ${problem}`;
  });
}

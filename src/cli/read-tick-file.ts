import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TickSample } from '../delivery/judge/tick-sample.ts';
import { InputError } from '../errors.ts';

/** Recorded ticks: a JSON array, or one sample on each line. @throws {InputError} naming the sample that is wrong. */
export function readTickFile(path: string): TickSample[] {
  const parsed = z.array(TickSample).safeParse(parseTicks(readText(path), path));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw refuse(`${path}: ${first?.path.join('.') ?? ''}: ${first?.message ?? 'unreadable'}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(`${path} cannot be read: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function parseTicks(text: string, path: string): unknown {
  try {
    if (text.trimStart().startsWith('[')) return JSON.parse(text);
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  } catch (error) {
    throw refuse(`${path} is neither a JSON array nor JSON lines: ${error instanceof Error ? error.message : ''}`);
  }
}

function refuse(problem: string): InputError {
  return new InputError([
    { field: '--ticks', problem, fix: 'a file with the ticks of one canary: a JSON array, or one tick on each line' },
  ]);
}

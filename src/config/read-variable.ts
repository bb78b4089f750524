import { readFileSync, statSync } from 'node:fs';
import type { InputProblem } from '../errors.ts';
import { nearestWord } from './nearest-word.ts';
import { type SecretName, VARIABLES, type VariableName } from './variables.ts';

/** Collects what is wrong with the environment while it is read, so that everything is reported at once. */
export interface VariableReader {
  read(name: VariableName): string | undefined;
  /** The variable, or the content of the file that NAME_FILE names. */
  readSecret(name: SecretName): string | undefined;
  refuse(name: VariableName, problem: string, fix?: string): void;
  warn(text: string): void;
  readonly problems: readonly InputProblem[];
  readonly warnings: readonly string[];
}

const MAX_SECRET_BYTES = 64_000;

/** An empty variable counts as unset: compose files and CI write `NAME=` for "none". Values never appear in a message. */
export function makeVariableReader(env: NodeJS.ProcessEnv): VariableReader {
  const problems: InputProblem[] = [];
  const warnings: string[] = [];
  const read = (name: string) => (env[name] === '' ? undefined : env[name]);

  function refuse(field: string, problem: string, fix?: string): void {
    problems.push(fix === undefined ? { field, problem } : { field, problem, fix });
  }

  function readSecret(name: SecretName): string | undefined {
    const direct = read(name);
    const path = read(`${name}_FILE`);
    if (path === undefined) return direct;
    if (direct !== undefined) {
      refuse(name, `is set, and so is ${name}_FILE`, 'keep one of the two');
      return undefined;
    }
    const file = readSecretFile(path);
    if (file.kind === 'problem') {
      refuse(`${name}_FILE`, file.problem, 'a readable file that holds only the value, mode 0600');
      return undefined;
    }
    if (file.open) warnings.push(`${name}_FILE: other users of this machine may read the file; chmod 0600`);
    return file.value;
  }

  for (const unknown of misspelt(env)) warnings.push(unknown);
  return { read, readSecret, refuse, warn: (text) => void warnings.push(text), problems, warnings };
}

type SecretFile = { kind: 'value'; value: string; open: boolean } | { kind: 'problem'; problem: string };

function readSecretFile(path: string): SecretFile {
  try {
    const { mode, size } = statSync(path);
    if (size > MAX_SECRET_BYTES) return { kind: 'problem', problem: 'names a file too large for a secret' };
    // Editors and `echo` end a file with a line break that is no part of the secret.
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (value === '') return { kind: 'problem', problem: 'names an empty file' };
    return { kind: 'value', value, open: (mode & 0o077) !== 0 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { kind: 'problem', problem: `names a file that cannot be read (${code})` };
  }
}

/**
 * SLIPWAY_… names that are nearly one of ours. A warning, not an error: Kubernetes sets SLIPWAY_PORT and the like by itself
 * in every pod beside a service of that name.
 */
function misspelt(env: NodeJS.ProcessEnv): string[] {
  const known: string[] = VARIABLES.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((name) => name.startsWith('SLIPWAY_') && !known.includes(name))
    .flatMap((name) => {
      const near = nearestWord(
        name,
        known.filter((word) => word.startsWith('SLIPWAY_')),
      );
      const kubernetes = /_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT(?:_\w+)?)$/.test(name);
      return near === undefined || kubernetes ? [] : [`${name}: no such variable; did you mean ${near}?`];
    });
}

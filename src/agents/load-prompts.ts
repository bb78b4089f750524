import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { type Digest, digestOf } from '../ids.ts';
import { packageRoot } from '../package-root.ts';
import { AgentName } from './agent-call.ts';

export interface Prompt {
  readonly text: string;
  /** SHA-256 of the text; the text is kept as a blob by it. */
  readonly digest: Digest;
  /** The file it was read from. */
  readonly source: string;
}

export type Prompts = Readonly<Record<AgentName, Prompt>>;

const MAX_BYTES = 64 * 1024;
const FIELD = 'orchestration.prompts_dir';

/**
 * The prompts, one file for each agent (`review.md`, `verify.md`, …): shipped, or an organisation's own
 * where its directory has a file of that name. A file with a name that replaces nothing is refused, because its
 * author believes that it does.
 * @throws {InputError} naming what is wrong with the directory or a file.
 */
export async function loadPrompts(
  options: { promptsDir?: string | undefined; shippedDir?: string } = {},
): Promise<Prompts> {
  const shipped = options.shippedDir ?? join(packageRoot, 'prompts');
  const own = options.promptsDir === undefined ? undefined : resolve(options.promptsDir);
  const overridden = own === undefined ? new Set<string>() : await listOverrides(own);
  const load = (agent: AgentName) =>
    readPrompt(join(own !== undefined && overridden.has(agent) ? own : shipped, `${agent}.md`));
  const [review, verify, sceptic, testGen, validation, incident] = await Promise.all([
    load('review'),
    load('verify'),
    load('sceptic'),
    load('test-gen'),
    load('validation'),
    load('incident'),
  ]);
  return { review, verify, sceptic, 'test-gen': testGen, validation, incident };
}

async function listOverrides(directory: string): Promise<Set<string>> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    throw refuse(
      `${directory} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
      'create it or remove the line',
    );
  }
  const prompts = names.filter((name) => name.endsWith('.md') && name.toLowerCase() !== 'readme.md');
  const known = AgentName.options.map((agent) => `${agent}.md`);
  const stray = prompts.filter((name) => !known.includes(name));
  if (stray.length > 0) throw refuse(`${stray.join(', ')} replaces no prompt`, `known names: ${known.join(', ')}`);
  return new Set(prompts.map((name) => name.slice(0, -'.md'.length)));
}

async function readPrompt(source: string): Promise<Prompt> {
  let bytes: Buffer;
  try {
    bytes = await readFile(source);
  } catch (error) {
    throw refuse(
      `${source} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
      'check the file and its rights',
    );
  }
  const text = bytes.toString('utf8');
  if (bytes.length > MAX_BYTES) throw refuse(`${source} has ${bytes.length} bytes`, `at most ${MAX_BYTES}`);
  if (text.trim() === '') throw refuse(`${source} is empty`, 'write the prompt or remove the file');
  if (text.includes('\uFFFD') || text.includes('\0')) throw refuse(`${source} is not UTF-8 text`, 'save it as UTF-8');
  return { text, digest: digestOf(text), source };
}

function refuse(problem: string, fix: string): InputError {
  return new InputError([{ field: FIELD, problem, fix }]);
}

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { InputError, type InputProblem } from '../errors.ts';
import { digestOf } from '../ids.ts';
import { checkMeaning, checkRuleTexts, findWarnings } from './check-meaning.ts';
import type { Config } from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { describeIssue } from './describe-issue.ts';
import { findFlatForm, isPlainObject } from './flat-form.ts';
import { type LocatedYaml, parseLocatedYaml } from './located-yaml.ts';
import { describeModelEnd } from './models.ts';
import { policyText } from './policy-text.ts';
import { programsOf } from './programs-of.ts';
import { readEnvironment } from './read-environment.ts';
import type { Remark } from './remark.ts';
import { SlipwayFile } from './schema.ts';
import { secretShape } from './secret-shapes.ts';

export interface ReadConfigOptions {
  /** The file; without it SLIPWAY_CONFIG, then ./slipway.yaml. A file that was named must exist. */
  readonly file?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** For the model's end of life. */
  readonly now?: Date;
  /** Without it a missing ./slipway.yaml means: defaults, no services. */
  readonly fileRequired?: boolean;
}

/**
 * The one configuration: file and environment, checked, deeply frozen. Reads the file and nothing else.
 * @throws {InputError} with every problem of both, those of the file with line and column.
 */
export function readConfig(options: ReadConfigOptions = {}): Config {
  const env = options.env ?? process.env;
  const source = findFile(options, env);
  const read = source.kind === 'problem' ? { problems: [source.problem] } : readFile(source.text, source.name);
  const allowInsecureRedis = isPlainObject(read.raw?.fleet) && read.raw.fleet.allow_insecure_redis === true;
  const around = readEnvironment(env, { allowInsecureRedis });

  const problems = [...read.problems, ...around.problems];
  if (problems.length > 0 || read.file === undefined) throw new InputError(problems);

  const policy_text = policyText(read.file);
  const modelEnd = describeModelEnd(read.file.orchestration.model, options.now ?? new Date());
  const folder = source.kind === 'file' ? dirname(source.path) : process.cwd();
  const warnings = [...(modelEnd === undefined ? [] : [modelEnd]), ...findWarnings(read.file), ...around.warnings];
  const file = fromFolder(read.file, folder);
  const { host, port } = around;
  const server = { ...file.server, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
  return deepFreeze({
    ...file,
    server,
    env: { ...around.environment, programVariables: readProgramVariables(read.file, env) },
    policy_hash: digestOf(policy_text),
    policy_text,
    warnings,
  });
}

type Source =
  | { kind: 'file'; path: string; name: string; text: string }
  | { kind: 'none'; name: string; text: string }
  | { kind: 'problem'; problem: InputProblem };

function findFile(options: ReadConfigOptions, env: NodeJS.ProcessEnv): Source {
  const named = options.file ?? (env['SLIPWAY_CONFIG'] || undefined);
  const path = resolve(named ?? 'slipway.yaml');
  if (named === undefined && options.fileRequired !== true && !existsSync(path)) {
    return { kind: 'none', name: 'slipway.yaml', text: '' };
  }
  try {
    return { kind: 'file', path, name: named ?? basename(path), text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const field = options.file !== undefined ? '--config' : named !== undefined ? 'SLIPWAY_CONFIG' : 'slipway.yaml';
    const fix = 'name a readable file, or start from examples/slipway.yaml';
    return { kind: 'problem', problem: { field, problem: `${path} cannot be read (${code})`, fix } };
  }
}

interface ReadFile {
  readonly file?: SlipwayFile;
  readonly raw?: Record<string, unknown>;
  readonly problems: readonly InputProblem[];
}

function readFile(text: string, name: string): ReadFile {
  const yaml = parseLocatedYaml(text, name);
  if (yaml.problems.length > 0) return { problems: yaml.problems };
  const raw = yaml.value ?? {};
  if (!isPlainObject(raw)) {
    const problem = {
      field: name,
      problem: 'must be a map of sections',
      fix: 'see examples/slipway.yaml',
      at: yaml.placeOf([]),
    };
    return { problems: [problem] };
  }
  const flat = findFlatForm(yaml);
  const parsed = SlipwayFile.safeParse(raw);
  const problems = [
    ...(flat === undefined ? [] : [flat.problem]),
    ...(parsed.error?.issues ?? [])
      .flatMap((issue) => describeIssue(issue, yaml))
      .filter(({ field }) => flat?.moved.has(field) !== true),
    ...findSecrets(yaml),
    ...(parsed.success ? checkMeaning(parsed.data) : checkRuleTexts(raw)).map((remark) => locate(remark, yaml)),
  ];
  problems.sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
  return parsed.success ? { file: parsed.data, raw, problems } : { raw, problems };
}

function readProgramVariables(file: SlipwayFile, env: NodeJS.ProcessEnv): Record<string, string> {
  const programs = Object.values(file.services).flatMap(({ delivery }) => programsOf(delivery));
  const names = new Set(programs.flatMap(({ settings }) => settings.environment));
  return Object.fromEntries([...names].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function locate({ path, problem, fix }: Remark, yaml: LocatedYaml): InputProblem {
  const found = { field: path.join('.'), problem, at: yaml.placeOf(path) };
  return fix === undefined ? found : { ...found, fix };
}

function findSecrets(yaml: LocatedYaml): InputProblem[] {
  return yaml.texts.flatMap(({ path, text, place }) => {
    const shape = secretShape(text);
    if (shape === undefined) return [];
    // The last step may be the secret itself, written as a key.
    const field =
      path.filter((step) => typeof step === 'number' || secretShape(step) === undefined).join('.') || 'slipway.yaml';
    const fix = 'secrets come from the environment, as NAME or NAME_FILE; withdraw this one, it has been written down';
    return [{ field, problem: `looks like ${shape}`, fix, at: place }];
  });
}

/** Paths in the file mean: from where the file is. The policy's text keeps them as written, so that its hash travels. */
function fromFolder(file: SlipwayFile, folder: string): SlipwayFile {
  const { prompts_dir } = file.orchestration;
  const services = Object.fromEntries(
    Object.entries(file.services).map(([name, service]) => {
      const relative = /^\.{1,2}\//.test(service.repository);
      return [name, relative ? { ...service, repository: resolve(folder, service.repository) } : service];
    }),
  );
  if (prompts_dir === undefined) return { ...file, services };
  return { ...file, services, orchestration: { ...file.orchestration, prompts_dir: resolve(folder, prompts_dir) } };
}

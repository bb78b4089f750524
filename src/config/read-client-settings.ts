import type { InputProblem } from '../errors.ts';
import { checkHttpUrl, DEFAULT_SERVER_URL, readHeaderValue, readHttpUrl, sendsClearText } from './read-environment.ts';
import { makeVariableReader } from './read-variable.ts';

/** What the commands that talk to a server need; they read no slipway.yaml. */
export interface ClientSettings {
  /** Without a slash at the end. */
  readonly serverUrl: string;
  readonly token: string | undefined;
  readonly warnings: readonly string[];
  readonly problems: readonly InputProblem[];
}

/** `url` is the command line's `--url`, which wins over SLIPWAY_URL. */
export function readClientSettings(url: string | undefined, env: NodeJS.ProcessEnv = process.env): ClientSettings {
  const reader = makeVariableReader(env);
  const fromEnvironment = url === undefined ? readHttpUrl(reader, 'SLIPWAY_URL') : undefined;
  const problem = url === undefined ? undefined : checkHttpUrl(url);
  const problems = problem === undefined ? [] : [{ field: '--url', problem, fix: 'e.g. https://slipway.example:8080' }];
  const warnings =
    url !== undefined && problem === undefined && sendsClearText(url)
      ? ['--url: plain http to another machine: the token can be read on the way']
      : [];
  const serverUrl = (url ?? fromEnvironment ?? DEFAULT_SERVER_URL).replace(/\/+$/, '');
  const token = readHeaderValue(reader, 'SLIPWAY_TOKEN');
  return {
    serverUrl,
    token,
    warnings: [...reader.warnings, ...warnings],
    problems: [...reader.problems, ...problems],
  };
}

/** How the terminal wants to be written to. */
export function readTerminalSettings(env: NodeJS.ProcessEnv = process.env): { color: boolean; live: boolean } {
  const dumb = env['TERM'] === 'dumb';
  // https://no-color.org: present and not empty, whatever its value.
  return { color: !dumb && (env['NO_COLOR'] ?? '') === '', live: !dumb && (env['CI'] ?? '') === '' };
}

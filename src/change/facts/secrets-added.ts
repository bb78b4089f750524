import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { addedLines, type DiffFile, removedLines } from '../parse-diff.ts';
import { type ChangeContext, type Detected, MAX_LINE_CHARS } from './change-context.ts';
import { makeLineCounter } from './compare-items.ts';
import { isLockFile, isTestFile } from './file-kind.ts';
import { longestRun } from './longest-run.ts';
import { isCredential, isDocumentedExample, isPlainStandIn, SECRET_RULES } from './secret-rules.ts';

interface Place {
  readonly path: string;
  readonly line: number;
}

const PRESET = '@secretlint/secretlint-rule-preset-recommend';
const PART_CHARS = 30_000;
/** Named as a secret, a password in an address, or the head of a private key. */
const NAMED =
  /:\/\/[^\s/@]{0,200}:[^\s@]{0,200}@|-----BEGIN|pass(?:word|wd|phrase|["' \t]{0,3}[:=])|pwd|secret|api[._-]?key|token|(?:encryption|signing|account|private|auth)[._-]?key|curl[ \t]|sshpass|docker[ \t]+login|--?u(?:ser)?[ \t=]/i;

/**
 * What every rule needs on the line: a run of key-shaped text (with a digit, or long), or a name for a secret. All other
 * lines are passed over, which makes the scan of a large change fast.
 */
function isCredible(text: string): boolean {
  const run = longestRun(text);
  return run.any >= 32 || run.withDigit >= 16 || NAMED.test(text);
}

/** More finds than this change nothing: the fact is true and the evidence is long enough. */
const MAX_FINDS = 200;

/** Long lines are read in parts that overlap, so that a key in minified code is found and patterns stay fast. */
function partsOf(text: string): string[] {
  if (text.length <= MAX_LINE_CHARS) return [text];
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += PART_CHARS - 500) parts.push(text.slice(at, at + PART_CHARS));
  return parts;
}

/** A machine of the developer's own, of the same network, or of nobody. */
function isLocalHost(host: string): boolean {
  return (
    !host.includes('.') ||
    host === '.' ||
    /^(?:127\.|0\.0\.0\.0|10\.|192\.168\.)|(?:\.local|\.internal|\.test|example\.\w+)$/.test(host)
  );
}

/** The machine that a connection string without a user in its address names. */
const CONNECTS_TO =
  /(?:\/\/|\b(?:server|data source|host)=(?:tcp:)?)([^\s:;,/?@"'`]{1,200})|jdbc:(?:h2|hsqldb|derby|sqlite):/i;

function isLocalConnection(text: string): boolean {
  const found = CONNECTS_TO.exec(text);
  return found !== null && isLocalHost(found[1] ?? '');
}

/** Credentials of a database on the developer's own machine, or ones that are no credentials at all. */
function isLocalUrl(value: string): boolean {
  const [, user = '', password = '', host = ''] = /:\/\/([^:/@\s]*):([^@\s]*)@([^:/?#\s"'`]+)/.exec(value) ?? [];
  if (host === '') return false;
  return (
    isLocalHost(host) ||
    password === '' ||
    user === password ||
    /^(?:password|pass|pwd|secret|postgres|root|admin|user|test|x+|\*+)$/i.test(password) ||
    /[${<%]/.test(password)
  );
}

/** secretlint over all added lines at once: one call, however many files. */
async function lint(
  lines: readonly (Place & { text: string })[],
  path: string,
): Promise<{ place: Place; value: string; rule: string }[]> {
  // A change cannot switch the scan off for itself.
  const content = lines.map((line) => line.text.replaceAll('secretlint-', 'secretlint_')).join('\n');
  const result = await lintSource({
    source: { filePath: `/${path}`, content, ext: path.slice(path.lastIndexOf('.')), contentType: 'text' },
    options: { noPhysicFilePath: true, maskSecrets: true, config: { rules: [{ id: PRESET, rule: creator }] } },
  });
  return result.messages.flatMap((message) => {
    const place = lines[message.loc.start.line - 1];
    const value = content.slice(message.range[0], message.range[1]);
    const short = message.ruleId.replace('@secretlint/secretlint-rule-', '').replaceAll('-', '_');
    return place === undefined ? [] : [{ place, value, rule: short }];
  });
}

/** What the same lines have in common that decides which rules read them. */
interface Kind {
  /** Stand-ins are to be expected: generic rules say nothing. */
  readonly quiet: boolean;
  /** Settings: a value stands there without quotes. */
  readonly settings: boolean;
}

const KINDS: readonly Kind[] = [true, false].flatMap((quiet) => [true, false].map((settings) => ({ quiet, settings })));

/** The rules of this product over the same text; generic ones only where a stand-in is not to be expected. */
function ownRules(
  lines: readonly (Place & { text: string })[],
  kind: Kind,
): { place: Place; value: string; rule: string }[] {
  const content = lines.map((line) => line.text).join('\n');
  const lineAt = makeLineCounter(content);
  const found: { place: Place; value: string; rule: string }[] = [];
  for (const rule of SECRET_RULES) {
    if ((rule.generic && kind.quiet) || (rule.settings === true && !kind.settings)) continue;
    for (const match of content.matchAll(rule.pattern)) {
      const value = match[1] ?? '';
      const place = lines[lineAt(match.index) - 1];
      if (place === undefined || !isCredential(rule, value)) continue;
      if (rule.rule === 'connection_string' && isLocalConnection(match[0])) continue;
      if (rule.rule === 'password_in_address' && isLocalUrl(match[0])) continue;
      found.push({ place, value, rule: rule.rule });
    }
  }
  return found;
}

/** Where settings are written without quotes; what the program says to people in each language is none. */
function isSettings(path: string): boolean {
  const written =
    /\.(?:ya?ml|properties|ini|cfg|conf|cnf|toml|env)$|(?:^|\/)(?:\.env[\w.-]{0,40}|\.?netrc|\.npmrc|\.pypirc|credentials)$/i;
  return (
    written.test(path) && !/(?:^|\/)(?:i18n|locales?|lang|languages|translations?|messages)(?:[/_.-]|$)/i.test(path)
  );
}

/** A file that shows which settings exist, with stand-ins for their values. */
function isTemplate(file: DiffFile): boolean {
  return /(?:^|\/)\.env\.(?:example|sample|template|dist|test)$|\.(?:example|sample|template|dist)$/.test(file.path);
}

/**
 * Whether a credential is added. Evidence names file, line and rule, never the value. A value that the same change
 * removes elsewhere was only moved.
 */
export async function detectSecretsAdded(context: ChangeContext): Promise<Detected> {
  const all: (Place & Kind & { text: string })[] = [];
  const jsons: DiffFile[] = [];
  const gone: string[] = [];
  for (const file of context.files) {
    if (file.binary || isLockFile(file.path)) continue;
    const kind = { quiet: isTestFile(file.path) || isTemplate(file), settings: isSettings(file.path) };
    for (const line of addedLines(file))
      for (const text of isCredible(line.text) ? partsOf(line.text) : [])
        all.push({ path: file.path, line: line.line, text, ...kind });
    for (const line of removedLines(file)) if (line.text.trim().length >= 8) gone.push(line.text);
    if (file.path.endsWith('.json')) jsons.push(file);
  }
  const found = await lint(all, 'change.txt');
  for (const file of jsons) {
    const lines = addedLines(file).map((line) => ({ ...line, path: file.path }));
    // Service account keys are recognised only in a JSON file of their own.
    if (lines.some((line) => line.text.includes('private_key'))) found.push(...(await lint(lines, file.path)));
  }
  for (const kind of KINDS) {
    const lines = all.filter((line) => line.quiet === kind.quiet && line.settings === kind.settings);
    for (const find of ownRules(lines, kind)) found.push(find);
  }

  const evidence = new Map<string, { path: string; line: number; rule: string }>();
  const removed = gone.join('\n');
  const credible = found.filter(
    ({ value }) => !isDocumentedExample(value) && !isPlainStandIn(value) && !isLocalUrl(value),
  );
  for (const { place, value, rule } of credible.slice(0, MAX_FINDS)) {
    if (removed.includes(value)) continue;
    const key = `${place.path}:${place.line}`;
    if (!evidence.has(key)) evidence.set(key, { path: place.path, line: place.line, rule });
  }
  return { evidence: [...evidence.values()], unknown: [] };
}

import { isDocumentedExample, looksSecret, SECRET_RULES } from '../change/facts/secret-rules.ts';
import { SECRET_SHAPES } from '../config/secret-shapes.ts';

/** What stands for a credential in a text that leaves for the model. It names the kind, never any part of the value. */
const MARK = /\[redacted: [a-z][a-z0-9 ]{1,40}\]/;

const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
const PEM_END = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** The sign of a diff line stays in front of the mark. */
const SIGN = /^[ +-]?/;
/** A key block that never ends is a text that only begins like one. */
const LONGEST_PEM_LINES = 120;

/** True where a text holds the mark of something that was taken out. */
export function holdsRedaction(text: string): boolean {
  return MARK.test(text);
}

/**
 * The lines with credentials replaced by a mark; their number and, outside the credentials, every character stay. Meant for
 * everything that leaves for the model: a change that adds a key is told by code, and no reader needs the key itself.
 */
export function redactLines(lines: readonly string[]): string[] {
  let inKey = 0;
  return lines.map((line) => {
    if (inKey > 0) {
      inKey = PEM_END.test(line) ? 0 : inKey - 1;
      return `${SIGN.exec(line)?.[0] ?? ''}${mark('private key')}`;
    }
    if (PEM_BEGIN.test(line)) {
      if (!PEM_END.test(line)) inKey = LONGEST_PEM_LINES;
      return `${SIGN.exec(line)?.[0] ?? ''}${line.slice(1, PEM_BEGIN.exec(line)?.index)}${mark('private key')}`;
    }
    return redactLine(line);
  });
}

/** The same for a text of any number of lines. */
export function redactSecrets(text: string): string {
  return redactLines(text.split('\n')).join('\n');
}

/** `replace` begins at the line's start whatever a pattern was used for before, so one of each serves every line. */
const SHAPES = SECRET_SHAPES.map(({ what, pattern }) => ({
  kind: what.replace(/^an? /, '').toLowerCase(),
  pattern: new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`),
}));
const RULES = SECRET_RULES.map(({ rule, pattern }) => ({
  rule,
  pattern: new RegExp(pattern.source, pattern.flags.replace('m', '')),
}));

function redactLine(line: string): string {
  if (line.length < 12) return line;
  let text = line;
  for (const { kind, pattern } of SHAPES)
    text = text.replace(pattern, (found) => (isDocumentedExample(found) ? found : mark(kind)));
  for (const { rule, pattern } of RULES) {
    text = text.replace(pattern, (whole: string, value: string) => {
      const isOne = rule === 'assigned_secret' ? looksSecret(value) : !isDocumentedExample(value);
      return isOne && !MARK.test(value) ? whole.replace(value, () => mark(rule.replaceAll('_', ' '))) : whole;
    });
  }
  return text;
}

function mark(what: string): string {
  return `[redacted: ${what}]`;
}

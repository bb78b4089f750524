import { isCredential, isDocumentedExample, SECRET_RULES } from '../change/facts/secret-rules.ts';
import { SECRET_SHAPES } from '../config/secret-shapes.ts';

/** What stands for a credential in a text that leaves for the model. It names the kind, never any part of the value. */
const MARK = /\[redacted: [a-z][a-z0-9 ]{1,40}\]/;

const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
const PEM_END = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** A key on one line: from its head over what a key is written in to its end, where that is there. */
const PEM_ON_LINE = new RegExp(
  `${PEM_BEGIN.source}(?:(?:Proc-Type|DEK-Info|Version|Comment): [\\w ,.()/-]{0,80}(?=\\\\)|[A-Za-z0-9+/= ]|\\\\+[nr])*(?:${PEM_END.source})?`,
  'g',
);
/** The last line of a key; what stands behind it is no key. */
const UP_TO_END = new RegExp(`^[A-Za-z0-9+/=\\\\nr"'\\s#*]*${PEM_END.source}`);
/** The sign of a diff line stays in front of the mark. */
const SIGN = /^[ +-]?/;
/** Quotes, comment marks and what joins strings, around a line of a key that stands in code. */
const AROUND_BODY = /^[\s#*;>|"'`]+|(?:\\[nr])*[\s"'`,;+\\]*$/g;
/** What the lines of a key are written in: base64, the armour's headers, or nothing. */
const PEM_BODY = /^(?:[A-Za-z0-9+/]*={0,2}|(?:Proc-Type|DEK-Info|Version|Comment): [\w ,.:()/-]*)$/;

/** True where a text holds the mark of something that was taken out. */
export function holdsRedaction(text: string): boolean {
  return MARK.test(text);
}

/**
 * The lines with credentials replaced by a mark; their number and, outside the credentials, every character stay. Meant for
 * everything that leaves for the model: a change that adds a key is told by code, and no reader needs the key itself. The
 * head of a key does not hide what follows it: only lines that a key is written in are taken out, so that nobody reads
 * less than the change by writing such a head above it.
 */
export function redactLines(lines: readonly string[]): string[] {
  let inKey = false;
  return lines.map((line) => {
    const sign = SIGN.exec(line)?.[0] ?? '';
    if (inKey && line.trim() === sign.trim()) return line;
    if (inKey && (PEM_END.test(line) || PEM_BODY.test(line.slice(sign.length).replace(AROUND_BODY, '')))) {
      inKey = !PEM_END.test(line);
      return `${sign}${inKey ? mark('private key') : line.slice(sign.length).replace(UP_TO_END, mark('private key'))}`;
    }
    inKey = PEM_BEGIN.test(line) && !PEM_END.test(line);
    return redactLine(line.replace(PEM_ON_LINE, mark('private key')));
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
const RULES = SECRET_RULES.map((rule) => ({
  rule,
  pattern: new RegExp(rule.pattern.source, rule.pattern.flags.replace('m', '')),
}));

function redactLine(line: string): string {
  if (line.length < 12) return line;
  let text = line;
  for (const { kind, pattern } of SHAPES)
    text = text.replace(pattern, (found) => (isDocumentedExample(found) ? found : mark(kind)));
  for (const { rule, pattern } of RULES) {
    text = text.replace(pattern, (whole: string, value: string) => {
      const isOne = isCredential(rule, value) && !MARK.test(value);
      return isOne ? whole.replaceAll(value, () => mark(rule.rule.replaceAll('_', ' '))) : whole;
    });
  }
  return text;
}

function mark(what: string): string {
  return `[redacted: ${what}]`;
}

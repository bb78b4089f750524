import { createHash } from 'node:crypto';

/** Words that make code mean something; everything else in a run of words is prose. */
const KEYWORDS = new Set(
  `abstract and any as assert async auto await begin bool boolean break by byte case cast catch char class clone const
  constructor continue debugger declare def default defer del delete do double elif else elsif end ensure enum except export
  extends extern false final finally float for foreach from func function get global go goto if implements implicit import in
  include inline instanceof int integer interface internal is lambda let long map match module mut namespace native new nil
  none not null number object of open operator or out override package params partial pass private protected protocol pub
  public raise readonly record ref register rescue return sealed self set short signed sizeof static string struct sub super
  switch synchronized template test then this throw throws trait true try type typedef typeof undefined union unless
  unsafe unsigned until use using val var virtual void volatile when where while with yield fn impl dyn crate move
  select insert into update delete create alter drop table index view column add constraint primary key foreign references
  unique check values group order having limit offset join left right inner outer on distinct all exists between like cascade
  grant revoke truncate execute exec varchar text timestamp date numeric serial bigint smallint jsonb json uuid copy run cmd
  entrypoint workdir env arg expose user sudo`.split(/\s+/),
);

/** From here on a run of words that are no keywords is taken for prose; fewer are enough where the line stands in a string. */
const PROSE_WORDS = 3;
const PROSE_WORDS_IN_STRING = 2;
const LONGEST_TOKEN = 32;
/** Longer lines are masked in slices, so that time stays in proportion to length whatever they hold. */
const SLICE = 2_000;
const LONGEST_NAME_PARTS = 3;

/**
 * A line of code without anything that could be read as a sentence: words in strings and runs of words become `_`, long
 * opaque tokens their length, names of many words a stand-in that is the same wherever the name is, everything beyond
 * ASCII `_`. Keywords, short names, operators and structure stay, so that what the code does can still be read.
 * `inString`: the line stands inside a string of several lines.
 */
export function maskWords(line: string, inString = false): string {
  if (line.length <= SLICE) return maskSlice(line, inString);
  const slices: string[] = [];
  for (let at = 0; at < line.length; at += SLICE) slices.push(maskSlice(line.slice(at, at + SLICE), inString));
  return slices.join('');
}

function maskSlice(line: string, inString: boolean): string {
  const ascii = line.replace(/[^\t -~]+/g, '_');
  const strings = ascii.replace(/(["'`])((?:\\.|(?!\1)[^\\])*)\1/g, (_whole, quote: string, inside: string) => {
    return `${quote}${isWordy(inside) ? wordsOut(inside) : shortened(inside)}${quote}`;
  });
  return maskNames(proseOut(strings, inString));
}

/** Words in one string literal: separated by spaces, or many of them by dashes, dots or underscores. */
function isWordy(text: string): boolean {
  return /[A-Za-z]\s+[A-Za-z]/.test(text) || (!text.includes('/') && text.split(/[-_.+]/).length > LONGEST_NAME_PARTS);
}

function wordsOut(text: string): string {
  return text.replace(/\$\{[^}]*\}|[A-Za-z][A-Za-z'’]*/g, (word) =>
    word.startsWith('${') || KEYWORDS.has(word.toLowerCase()) ? word : '_',
  );
}

const RUN = /[A-Za-z]+(?:[;:.!?]? +[A-Za-z]+)+/g;
const RUN_IN_STRING = /[A-Za-z]+(?:[,;:.!?]? +[A-Za-z]+)+/g;

/** Words one after the other with nothing but space between them. In code, commas part arguments, so they end a run. */
function proseOut(line: string, inString: boolean): string {
  const least = inString ? PROSE_WORDS_IN_STRING : PROSE_WORDS;
  return line.replace(inString ? RUN_IN_STRING : RUN, (run) => {
    const words = run.match(/[A-Za-z]+/g) ?? [];
    return words.filter((word) => !KEYWORDS.has(word.toLowerCase())).length >= least ? wordsOut(run) : run;
  });
}

/** Long runs of letters and digits, and of characters that are written as codes. */
function shortened(text: string): string {
  const codes = text.replace(
    /(?:\\u\{?[0-9a-f]{1,6}\}?|\\x[0-9a-f]{2}|&#x?[0-9a-f]{1,6};|%[0-9a-f]{2}){4,}/gi,
    (run) => {
      return `<${run.length} characters>`;
    },
  );
  return codes.replace(/[A-Za-z0-9+=%]{33,}/g, (token) => `<${token.length} characters>`);
}

function maskNames(line: string): string {
  return shortened(line).replace(/[A-Za-z_$][\w$]*/g, (name) => {
    const parts = name.split(/_+|(?<=[a-z0-9])(?=[A-Z])/).filter((part) => part !== '');
    if (parts.length <= LONGEST_NAME_PARTS && name.length <= LONGEST_TOKEN) return name;
    return `name_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
  });
}

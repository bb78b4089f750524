import { addedLines } from '../parse-diff.ts';
import { type ChangeContext, type Detected, MAX_LINE_CHARS } from './change-context.ts';
import { steersIn } from './injection-phrases.ts';
import { longestRun } from './longest-run.ts';

const BIDI = /[\u202a-\u202e\u2066-\u2069]/;
const TAGS = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,12})[\u{e0000}-\u{e007f}]/u;
/**
 * Characters of no width. Scripts without spaces part their words with one, so next to their letters it hides nothing;
 * nor do joiners next to letters that join. A row of many is a message in itself.
 */
const ZERO_WIDTH =
  /(?<![\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tibetan}])\u200b(?![\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tibetan}])|[\u2060-\u2064\u180e]|(?<=[!-~])(?:\u200c|\u200d|\ufeff)(?=[!-~])|[\u200b-\u200d\ufeff]{4}/u;
const VARIATION = /[\u{e0100}-\u{e01ef}]|[\ufe00-\ufe0f]{3,}/u;
const BASE64 = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{32,2000}={0,2}(?![A-Za-z0-9+/])/g;
const MIN_ENCODED_CHARS = 32;
const MAX_DECODED_PER_CHANGE = 2_000;

const INVISIBLE = /[\u200b-\u200f\u2060-\u2064\u00ad\ufeff\u180e\u{e0000}-\u{e01ef}]/gu;
/** Letters of other alphabets that look like Latin ones. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ѕ: 's',
  ј: 'j',
  ԁ: 'd',
  ո: 'n',
  ο: 'o',
  ν: 'v',
  α: 'a',
  ι: 'i',
  ρ: 'p',
  τ: 't',
};

/** What a model would read: compatibility forms folded, hidden characters and look-alikes undone. */
function fold(text: string): string {
  const plain = text.normalize('NFKC').replace(INVISIBLE, '').toLowerCase();
  const latin = /[a-z]/.test(plain)
    ? plain.replace(/[аеорсухіѕјԁոοναιρτ]/g, (char) => LOOKALIKES[char] ?? char)
    : plain;
  return latin.replace(/[\s_*`"'’]+/g, ' ');
}

function phraseIn(text: string, path: string): string | null {
  const found = steersIn(fold(text), path);
  return found === 'control_token' && isNamedToken(text) ? null : found;
}

/** A tokenizer's own list: each token stands alone between its quotes, with no turn behind it. */
function isNamedToken(text: string): boolean {
  return !/<\|[\w ]{1,20}\|>|\[\/?inst\]|<<\/?sys>>/i.test(text.replace(/(["'`])<\|\w{1,20}\|>\1/g, ''));
}

function hiddenIn(text: string): string | null {
  if (BIDI.test(text)) return 'bidirectional_control';
  if (TAGS.test(text)) return 'tag_characters';
  if (ZERO_WIDTH.test(text)) return 'zero_width_characters';
  return VARIATION.test(text) ? 'variation_selectors' : null;
}

function encodedIn(text: string, path: string, budget: { left: number }): string | null {
  for (const [token] of text.matchAll(BASE64)) {
    if (budget.left <= 0) return null;
    budget.left -= 1;
    const decoded = Buffer.from(token, 'base64').toString('utf8');
    if (/^[\t\n\r -~]{20,}$/.test(decoded) && phraseIn(decoded, path) !== null) return 'base64_instructions';
  }
  return null;
}

/** Cheap words that every phrase needs one of: most lines are settled by this. */
const HINT =
  /ignor|disregard|forget|overrid|bypass|instruction|prompt|you are|pretend|act as|behave|reveal|exfiltrat|approve|lgtm|merge|report|flag|mention|score|verdict|severity|confidence|review|requires|begin|start of|end of|<\/?(?:system|instr|untrust|user_input|document|assistant|human)|<\||\[\/?inst|<<|system\s*:|assistant\s*:|human\s*:|vergiss|oubli|olvida|negeer|忽略|無視|игнорируй|무시/i;
/** Anything beyond plain ASCII may hide or disguise something. */
const BEYOND_ASCII = /[\u0080-\u{10ffff}]/u;

function inspectText(text: string, path: string, budget: { left: number }): string | null {
  const cut = text.length > MAX_LINE_CHARS ? text.slice(0, MAX_LINE_CHARS) : text;
  const plain = !BEYOND_ASCII.test(cut);
  if (!plain) {
    const hidden = hiddenIn(cut);
    if (hidden !== null) return hidden;
  }
  if (!plain || HINT.test(cut)) {
    const phrase = phraseIn(cut, path);
    if (phrase !== null) return phrase;
  }
  return longestRun(cut).any < MIN_ENCODED_CHARS ? null : encodedIn(cut, path, budget);
}

/** Whether the change carries text that tries to steer a model: in added lines, file names or commit messages. */
export function detectPromptInjection(context: ChangeContext): Detected {
  const evidence: { path: string; line: number | null; rule: string }[] = [];
  const budget = { left: MAX_DECODED_PER_CHANGE };
  for (const file of context.files) {
    const named = inspectText(file.path.replaceAll(/[/._-]/g, ' '), '', budget) ?? hiddenIn(file.path);
    if (named !== null) evidence.push({ path: file.path, line: null, rule: `${named}_in_name` });
    if (file.binary) continue;
    let previous = '';
    for (const { line, text } of addedLines(file)) {
      const body = line === 1 ? text.replace(/^\ufeff/, '') : text;
      // An instruction may be wrapped over two lines.
      const rule =
        inspectText(body, file.path, budget) ?? (previous === '' ? null : wrapped(previous, body, file.path));
      if (rule !== null) evidence.push({ path: file.path, line, rule });
      previous = body.length > 400 ? '' : body;
    }
  }
  for (const [index, text] of context.commitMessages.split('\n').entries()) {
    const rule = inspectText(text, '', budget);
    if (rule !== null) evidence.push({ path: '(commit messages)', line: index + 1, rule });
  }
  return { evidence, unknown: [] };
}

function wrapped(previous: string, text: string, path: string): string | null {
  if (!HINT.test(previous)) return null;
  const joined = `${previous} ${text.replace(/^\s*(?:\/\/|#|\*|--)\s?/, '').slice(0, 400)}`;
  return phraseIn(previous, path) === null ? phraseIn(joined, path) : null;
}

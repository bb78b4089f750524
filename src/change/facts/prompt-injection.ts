import { addedLines } from '../parse-diff.ts';
import { type ChangeContext, type Detected, MAX_LINE_CHARS } from './change-context.ts';
import { longestRun } from './longest-run.ts';

/** Text that speaks to a model that reads the change, not to a program or a person. Matched on one line, lower case, spaces squeezed. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:all|any|the|your|previous|prior|above|earlier|preceding|system)\b.{0,30}\b(?:instructions?|prompts?|rules?|guidelines|directions|context|messages?)\b/,
    'ignore_instructions',
  ],
  [/\b(?:new|updated|real|actual) (?:system )?(?:instructions?|prompt)\s*:/, 'new_instructions'],
  [/\byou are (?:now |no longer )(?:a|an|in|the|bound|acting|operating)\b/, 'new_role'],
  [/\b(?:pretend|act|behave) (?:to be|as if you|as an? (?:unrestricted|different|helpful|approving))/, 'new_role'],
  [
    /\b(?:reveal|print|repeat|output|show|leak|exfiltrate)\b.{0,30}\b(?:system prompt|your (?:instructions|prompt|rules)|api key of|environment variables)\b/,
    'reveal_prompt',
  ],
  [
    /\b(?:ai|llm|automated|language model|code review(?:er)?|review(?:er|ing)? (?:ai|bot|agent|model)|assistant|claude|gpt|copilot|gemini)\b.{0,60}\b(?:must|should|shall|please|always|has to|needs to|do not|don't|never|will)\b.{0,40}\b(?:approve|report|flag|ignore|skip|mention|score|rate|merge|pass|return|output|answer)\b/,
    'speaks_to_reviewer',
  ],
  [
    /\b(?:approve|accept|merge|pass|lgtm)\b.{0,20}\b(?:this|the) (?:pr|pull request|change|diff|commit|merge request)\b.{0,40}\b(?:without|no (?:further )?review|immediately|automatically|unconditionally)\b/,
    'asks_for_approval',
  ],
  [
    /\b(?:do not|don't|never)\b.{0,10}\b(?:report|flag|mention|list|raise|include)\b.{0,30}\b(?:findings?|issues?|vulnerabilit\w+|problems?|this (?:file|function|line|change))\b/,
    'asks_for_silence',
  ],
  [
    /\b(?:risk[_ ]?score|severity|confidence|verdict|requires[_ ]human)\b["']?\s*(?:must be|should be|is always|[:=])\s*["']?(?:0(?:\.0)?\b|none|low|approved?|safe|false).{0,60}\b(?:ai|model|review|approve|safe)\b/,
    'fake_verdict',
  ],
  [
    /\b(?:set|report|return|give|assign|output)\b.{0,20}\b(?:the )?risk[_ ]?score\b.{0,20}\b(?:to|of|as|=)?\s*(?:0|zero|low|minimal)\b/,
    'fake_verdict',
  ],
  [
    /\bthis (?:code|change|file|diff|pr|pull request) (?:has been|was|is) (?:already |pre-?)?(?:reviewed|approved|audited|verified)\b.{0,40}\b(?:no (?:need|further|issues)|skip|safe|security)\b/,
    'fake_verdict',
  ],
  [
    /\b(?:begin|start|end) (?:of )?(?:system|admin|developer|trusted|untrusted) (?:prompt|message|instructions?|input|data)\b/,
    'fake_boundary',
  ],
  [
    /<\/?(?:system|instructions?|untrusted|user_input|document|assistant|human)(?:_prompt|_message|_data)?>.{0,200}\b(?:approve|ignore|instruction|review|score)/,
    'fake_boundary',
  ],
  [
    /<\|(?:im[_ ]start|im[_ ]end|system|endoftext|eot[_ ]id|start[_ ]header[_ ]id)\|>|\[\/?inst\]|<<\/?sys>>/,
    'control_token',
  ],
  [/^\W{0,6}(?:system|assistant|human)\s*:\s.{0,80}\b(?:approve|ignore|disregard|instructions?)\b/, 'fake_turn'],
  // The same in a few other languages.
  [
    /\b(?:ignora|ignorez|ignoriere|vergiss|oublie[zr]?|olvida|ignorar|negeer)\b.{0,30}\b(?:instrucciones|instructions|anweisungen|instru[cç][oõ]es|istruzioni|instructies)\b/,
    'ignore_instructions',
  ],
  [
    /忽略.{0,12}(?:指令|指示|说明|提示)|以前の指示を無視|игнорируй.{0,30}инструкц|이전.{0,6}지시.{0,6}무시/,
    'ignore_instructions',
  ],
];

const BIDI = /[\u202a-\u202e\u2066-\u2069]/;
const TAGS = /(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,12})[\u{e0000}-\u{e007f}]/u;
const ZERO_WIDTH = /[\u200b\u2060\u2061-\u2064\u180e]|(?<=[!-~])(?:\u200c|\u200d|\ufeff)(?=[!-~])/;
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
  return latin.replace(/[\s_*`"']+/g, ' ');
}

function phraseIn(text: string): string | null {
  const folded = fold(text);
  return PHRASES.find(([pattern]) => pattern.test(folded))?.[1] ?? null;
}

function hiddenIn(text: string): string | null {
  if (BIDI.test(text)) return 'bidirectional_control';
  if (TAGS.test(text)) return 'tag_characters';
  if (ZERO_WIDTH.test(text)) return 'zero_width_characters';
  return VARIATION.test(text) ? 'variation_selectors' : null;
}

function encodedIn(text: string, budget: { left: number }): string | null {
  for (const [token] of text.matchAll(BASE64)) {
    if (budget.left <= 0) return null;
    budget.left -= 1;
    const decoded = Buffer.from(token, 'base64').toString('utf8');
    if (/^[\t\n\r -~]{20,}$/.test(decoded) && phraseIn(decoded) !== null) return 'base64_instructions';
  }
  return null;
}

/** Cheap words that every phrase needs one of: most lines are settled by this. */
const HINT =
  /ignor|disregard|forget|overrid|bypass|instruction|prompt|you are|pretend|act as|behave|reveal|exfiltrat|approve|lgtm|merge|report|flag|mention|score|verdict|severity|confidence|review|requires|begin|start of|end of|<\/?(?:system|instr|untrust|user_input|document|assistant|human)|<\||\[\/?inst|<<|system\s*:|assistant\s*:|human\s*:|vergiss|oubli|olvida|negeer|忽略|無視|игнорируй|무시/i;
/** Anything beyond plain ASCII may hide or disguise something. */
const BEYOND_ASCII = /[\u0080-\u{10ffff}]/u;

function inspectText(text: string, budget: { left: number }): string | null {
  const cut = text.length > MAX_LINE_CHARS ? text.slice(0, MAX_LINE_CHARS) : text;
  const plain = !BEYOND_ASCII.test(cut);
  if (!plain) {
    const hidden = hiddenIn(cut);
    if (hidden !== null) return hidden;
  }
  if (!plain || HINT.test(cut)) {
    const phrase = phraseIn(cut);
    if (phrase !== null) return phrase;
  }
  return longestRun(cut).any < MIN_ENCODED_CHARS ? null : encodedIn(cut, budget);
}

/** Whether the change carries text that tries to steer a model: in added lines, file names or commit messages. */
export function detectPromptInjection(context: ChangeContext): Detected {
  const evidence: { path: string; line: number | null; rule: string }[] = [];
  const budget = { left: MAX_DECODED_PER_CHANGE };
  for (const file of context.files) {
    const named = inspectText(file.path.replaceAll(/[/._-]/g, ' '), budget) ?? hiddenIn(file.path);
    if (named !== null) evidence.push({ path: file.path, line: null, rule: `${named}_in_name` });
    if (file.binary) continue;
    let previous = '';
    for (const { line, text } of addedLines(file)) {
      const body = line === 1 ? text.replace(/^\ufeff/, '') : text;
      // An instruction may be wrapped over two lines.
      const rule = inspectText(body, budget) ?? (previous === '' ? null : wrapped(previous, body));
      if (rule !== null) evidence.push({ path: file.path, line, rule });
      previous = body.length > 400 ? '' : body;
    }
  }
  for (const [index, text] of context.commitMessages.split('\n').entries()) {
    const rule = inspectText(text, budget);
    if (rule !== null) evidence.push({ path: '(commit messages)', line: index + 1, rule });
  }
  return { evidence, unknown: [] };
}

function wrapped(previous: string, text: string): string | null {
  if (!HINT.test(previous)) return null;
  const joined = `${previous} ${text.replace(/^\s*(?:\/\/|#|\*|--)\s?/, '').slice(0, 400)}`;
  return phraseIn(previous) === null ? phraseIn(joined) : null;
}

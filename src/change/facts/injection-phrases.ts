/** A way of talking to a model that reviews. */
interface Phrase {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Whether this place only sounds like it. */
  readonly unless?: (found: Found) => boolean;
}

/** What a phrase was found in: its words, its sentence, that with some of what follows, and the file. */
interface Found {
  readonly words: string;
  readonly sentence: string;
  readonly around: string;
  readonly after: string;
  readonly path: string;
}

/** Speaks to whoever reads the change, or of the change itself. */
const TO_REVIEWER =
  /\b(?:review\w*|approv\w*|lgtm|pull request|merge request|pr|diff|verdict|risk[_ ]?score|severity|findings?|vulnerab\w+|security|is safe|as safe|this (?:file(?! type)|change|code|commit|function|line)|no (?:issues|problems|bugs|errors|concerns)|(?:looks?|all) good|(?:code|function|line|file|change|query) (?:above|below)|(?:above|below) (?:code|function|line|change|query)|(?:issues?|problems?|bugs?) (?:below|above|here|in the (?:code|function|change|file|query)))\b/;
const MODEL =
  /\b(?:ai|llm|assistant|language model|claude|gpt|copilot|gemini|conversation|you were|you are an?|your|(?:system|the|this) prompt|flag\w*|bugs?)\b/;
/** What was said before, or all there is, with nothing that says of what: the whole of it is meant. */
const ALL_BEFORE =
  /\b(?:(?:previous|prior|above|earlier|preceding|system|your) (?:\w+ )?(?:rules?|guidelines|directions|context|messages?)|(?:all|any) (?:of )?(?:the |these |those )?(?:rules?|guidelines|directions))\b/;
/** Goes on with what the instructions are for. */
const SCOPE =
  /^ ?(?:(?:for|on|in|of) (?!now\b|a moment|the rest|full\b|favou?r|any\b|all\b|every|total|general|its\b|their\b)|(?:if|when|unless) you\b)/;

function concernsSomethingElse({ words, sentence, around, after, path }: Found): boolean {
  if (TO_REVIEWER.test(around) || MODEL.test(sentence)) return false;
  const scoped = SCOPE.test(after);
  if (/\b(?:instructions?|prompts?)\b/.test(words))
    return scoped && /\b(?:the|any|these|those)\b/.test(words) && !/\ball\b/.test(words);
  if (scoped) return true;
  return !ALL_BEFORE.test(words) || /\.(?:css|s[ac]ss|less|styl)$/i.test(path);
}

/** What a model does in a program that asks one; nothing is asked of whoever reads the change. */
function tellsOfAModel({ words, around }: Found): boolean {
  return !/review|approve|flag|merge/.test(words) && !TO_REVIEWER.test(around);
}

/** Where people shall report something, what a linter reports, what an answer of the program shall leave out. */
function speaksToPeople({ words, sentence, around, after, path }: Found): boolean {
  if (/\b(?:ai|llm|assistant|review\w*|approv\w*|claude|gpt|copilot|gemini)\b/.test(sentence)) return false;
  if (/^.{0,30}\b(?:public|publicly|through|via|by mail|in an? (?:pull request|issue|ticket|forum|pr))\b/.test(after))
    return true;
  const vague = /(?:issues?|problems?|this (?:file|function|line))$/.test(words);
  const linter = /(?:^|\/)(?:[\w-]*lint[\w-]*|rules?|analyzers?|inspections?|checkers?)\//i.test(path);
  return vague && (linter || /\b(?:mention|list|include)\b/.test(words)) && !TO_REVIEWER.test(around);
}

/** Text that speaks to a model that reads the change, not to a program or a person. Matched on one line, lower case, spaces squeezed. */
const PHRASES: readonly Phrase[] = [
  {
    rule: 'ignore_instructions',
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:all|any|the|your|previous|prior|above|earlier|preceding|system)\b.{0,30}?\b(?:instructions?|prompts?|rules?|guidelines|directions|context|messages?)\b/,
    unless: concernsSomethingElse,
  },
  { rule: 'new_instructions', pattern: /\b(?:new|updated|real|actual) (?:system )?(?:instructions?|prompt)\s*:/ },
  { rule: 'new_role', pattern: /\byou are (?:now |no longer )(?:a|an|in|the|bound|acting|operating)\b/ },
  {
    rule: 'new_role',
    pattern: /\b(?:pretend|act|behave) (?:to be|as if you|as an? (?:unrestricted|different|helpful|approving))/,
  },
  {
    rule: 'reveal_prompt',
    pattern:
      /(?<!\b(?:never|not|don t|without)\b[^.,;:!?]{0,40})\b(?:reveal|print|repeat|output|show|leak|exfiltrate)\b.{0,30}\b(?:system prompt|your (?:instructions|prompt|rules)|api key of|environment variables)\b/,
  },
  {
    rule: 'speaks_to_reviewer',
    pattern:
      /\b(?:ai|llm|automated|language model|code review(?:er)?|review(?:er|ing)? (?:ai|bot|agent|model)|assistant|claude|gpt|copilot|gemini)\b.{0,60}\b(?:must|should|shall|please|always|has to|needs to|do not|don t|never|will)\b.{0,40}\b(?:approve|report|flag|ignore|skip|mention|score|rate|merge|pass|return|output|answer)\b/,
    unless: tellsOfAModel,
  },
  {
    rule: 'asks_for_approval',
    pattern:
      /(?<!\b(?:not|don t|never) )\b(?:approve|accept|merge|pass|lgtm)\b.{0,20}\b(?:this|the) (?:pr|pull request|change|diff|commit|merge request)\b.{0,40}\b(?:without|no (?:further )?review|immediately|automatically|unconditionally)\b/,
  },
  {
    rule: 'asks_for_silence',
    pattern:
      /\b(?:do not|don t|never)\b.{0,10}\b(?:report|flag|mention|list|raise|include)\b.{0,30}\b(?:findings?|issues?|vulnerabilit\w+|problems?|this (?:file|function|line|change))\b/,
    unless: speaksToPeople,
  },
  {
    rule: 'fake_verdict',
    pattern:
      /\b(?:risk[_ ]?score|severity|confidence|verdict|requires[_ ]human)\b["']?\s*(?:must be|should be|is always|[:=])\s*["']?(?:0(?:\.0)?\b|none|low|approved?|safe|false).{0,60}\b(?:ai|model|review|approve|safe)\b/,
  },
  {
    rule: 'fake_verdict',
    pattern:
      /\b(?:set|report|return|give|assign|output)\b.{0,20}\b(?:the )?risk[_ ]?score\b.{0,20}\b(?:to|of|as|=)?\s*(?:0|zero|low|minimal)\b/,
  },
  {
    rule: 'fake_verdict',
    pattern:
      /\bthis (?:code|change|file|diff|pr|pull request) (?:has (?:already )?been|was|is) (?:already |pre-?)?(?:reviewed|approved|audited|verified)\b.{0,40}\b(?:no (?:need|further|issues)|skip|safe|security)\b/,
  },
  {
    rule: 'fake_boundary',
    pattern:
      /\b(?:begin|start|end) (?:of )?(?:system|admin|developer|trusted|untrusted) (?:prompt|message|instructions?|input|data)\b/,
  },
  {
    rule: 'fake_boundary',
    pattern:
      /<\/?(?:system|instructions?|untrusted|user_input|document|assistant|human)(?:_prompt|_message|_data)?>.{0,200}\b(?:approve|ignore|instruction|review|score)/,
  },
  {
    rule: 'control_token',
    pattern: /<\|(?:im[_ ]start|im[_ ]end|system|endoftext|eot[_ ]id|start[_ ]header[_ ]id)\|>|\[\/?inst\]|<<\/?sys>>/,
  },
  {
    rule: 'fake_turn',
    pattern: /^\W{0,6}(?:system|assistant|human)\s*:\s.{0,80}\b(?:approve|ignore|disregard|instructions?)\b/,
  },
  // The same in a few other languages.
  {
    rule: 'ignore_instructions',
    pattern:
      /\b(?:ignora|ignorez|ignoriere|vergiss|oublie[zr]?|olvida|ignorar|negeer)\b.{0,30}\b(?:instrucciones|instructions|anweisungen|instru[cç][oõ]es|istruzioni|instructies)\b/,
  },
  {
    rule: 'ignore_instructions',
    pattern: /忽略.{0,12}(?:指令|指示|说明|提示)|以前の指示を無視|игнорируй.{0,30}инструкц|이전.{0,6}지시.{0,6}무시/,
  },
];

const AFTER = 100;
/** A line that says the same in a harmless way more often than this is suspicious for that alone. */
const MAX_HARMLESS = 20;

/** The rule of the first phrase in a folded text that speaks to a reviewer, or null. */
export function steersIn(folded: string, path: string): string | null {
  return PHRASES.find((phrase) => steers(phrase, folded, path))?.rule ?? null;
}

/** Behind a harmless place the search goes on, so that it does not cover for another. */
function steers({ pattern, unless }: Phrase, folded: string, path: string): boolean {
  if (unless === undefined) return pattern.test(folded);
  let from = 0;
  for (let tries = 0; tries < MAX_HARMLESS; tries += 1) {
    const match = pattern.exec(folded.slice(from));
    if (match === null) return false;
    const at = from + match.index;
    if (!unless(placeOf(folded, at, match[0], path))) return true;
    from = at + 1;
  }
  return true;
}

function placeOf(text: string, at: number, words: string, path: string): Found {
  const before = text.slice(Math.max(0, at - AFTER), at);
  const begin = before.slice(Math.max(...['. ', '! ', '? ', '; '].map((mark) => before.lastIndexOf(mark))) + 1);
  const after = text.slice(at + words.length, at + words.length + AFTER);
  const end = after.search(/[.!?;] /);
  const sentence = `${begin}${words}${end < 0 ? after : after.slice(0, end)}`;
  return { words, sentence, around: `${begin}${words}${after}`, after, path };
}

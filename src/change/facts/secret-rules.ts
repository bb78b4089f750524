/** Secrets that secretlint's recommended rules do not know. Each pattern's last group is the secret itself. */
export interface SecretRule {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Only credible outside tests, and only when the value does not look like a stand-in. */
  readonly generic: boolean;
  /** The value has no shape of its own: it counts when it looks like one that somebody drew or chose. */
  readonly judged?: boolean;
  /** Without quotes around it, only credible where settings are written: in code such a value is an expression. */
  readonly settings?: boolean;
}

/** Names at whose end a secret is to be expected. */
const NAMES =
  'password|passwd|pwd|passphrase|secret|secret[._-]?key|api[._-]?key|token|client[._-]?secret|(?:encryption|signing|account|private|auth)[._-]?key|(?<![A-Za-z])pass';
/** The same as variables of an environment are written. */
const VARIABLES =
  'PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|SECRET_KEY|API_KEY|APIKEY|TOKEN|ENCRYPTION_KEY|SIGNING_KEY|PRIVATE_KEY';

export const SECRET_RULES: readonly SecretRule[] = [
  { rule: 'stripe_live_key', pattern: /\b((?:sk|rk)_live_[A-Za-z0-9]{16,})/g, generic: false },
  { rule: 'stripe_webhook_secret', pattern: /\b(whsec_[A-Za-z0-9+/]{24,})/g, generic: false },
  {
    rule: 'aws_access_key_id',
    pattern: /(?<![A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})(?![A-Za-z0-9])/g,
    generic: false,
  },
  {
    rule: 'aws_secret_access_key',
    pattern: /\baws_?secret_?(?:access_?)?key["']?[ \t]*[:=][ \t]*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])/gi,
    generic: false,
  },
  { rule: 'google_api_key', pattern: /\b(AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/g, generic: false },
  { rule: 'google_oauth_secret', pattern: /\b(GOCSPX-[A-Za-z0-9_-]{20,})/g, generic: false },
  { rule: 'azure_storage_key', pattern: /\bAccountKey=([A-Za-z0-9+/]{80,}={0,2})/g, generic: false },
  { rule: 'twilio_key', pattern: /\b(SK[0-9a-f]{32})\b/g, generic: false },
  { rule: 'telegram_token', pattern: /\b(\d{8,10}:AA[A-Za-z0-9_-]{32,34})(?![A-Za-z0-9_-])/g, generic: false },
  { rule: 'discord_webhook', pattern: /(discord(?:app)?\.com\/api\/webhooks\/\d{16,20}\/[\w-]{60,})/g, generic: false },
  { rule: 'private_key', pattern: /(-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)/g, generic: false },
  {
    rule: 'json_web_token',
    pattern: /\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})/g,
    generic: true,
  },
  {
    rule: 'assigned_secret',
    judged: true,
    pattern:
      /(?:password|passwd|pwd|secret|secret_?key|api_?key|apikey|access_?token|auth_?token|private_?token|client_?secret|encryption_?key|signing_?key|token)["']?[ \t]*(?::=|=>|[:=])[ \t]*(?:[A-Za-z]{1,20}\()?["'`]([^"'`\s]{8,200})["'`]/gi,
    generic: true,
  },
  {
    rule: 'assigned_secret',
    judged: true,
    pattern:
      /^[+-]?[ \t]*(?:export[ \t]+)?[A-Z0-9_]{0,60}(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_KEY|APIKEY|ACCESS_TOKEN|AUTH_TOKEN|CLIENT_SECRET|TOKEN|ENCRYPTION_KEY)[ \t]*=[ \t]*([^\s"'`#]{8,200})[ \t]*$/gm,
    generic: true,
  },
  {
    rule: 'assigned_secret',
    judged: true,
    pattern:
      /(?:(?<![A-Za-z])(?:pass|PASS|Pass)|(?<=[a-z])Pass)["']?[ \t]*(?::=|=>|[:=])[ \t]*["'`]([^"'`\s]{8,200})["'`]/g,
    generic: true,
  },
  {
    rule: 'secret_in_settings',
    judged: true,
    settings: true,
    pattern: new RegExp(
      `^[+-]?[ \\t]*(?:-[ \\t]+|export[ \\t]+)?["']?[\\w.-]{0,80}(?:${NAMES})["']?[ \\t]*[:=][ \\t]*([^\\s"'\`|&*>!{[<][^\\s"'\`]{7,200})[ \\t]*(?:[ \\t]#[^\\n]*)?$`,
      'gim',
    ),
    generic: true,
  },
  {
    rule: 'secret_in_environment',
    judged: true,
    pattern: new RegExp(
      `(?<![\\w$])[A-Z0-9_]{0,60}(?:${VARIABLES})=["']?([^\\s"'\`();,]{8,200})(?=["']?(?:[ \\t]|$))`,
      'gm',
    ),
    generic: true,
  },
  {
    rule: 'defined_secret',
    judged: true,
    pattern:
      /\bdefine\([ \t]*["']\w{0,60}(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|SALT|API_?KEY|AUTH_KEY|(?:SECRET|PRIVATE|SIGNING|ENCRYPTION|LOGGED_IN|NONCE)_KEY)["'][ \t]*,[ \t]*["']([^"'\s]{8,200})["']/gi,
    generic: true,
  },
  {
    rule: 'connection_string',
    judged: true,
    pattern:
      /(?:jdbc:|server=|data source=|host=|:\/\/)[^"'`\n]{0,300}?[;?&][ \t]*(?:password|pwd)[ \t]*=[ \t]*([^\s;&"'`]{6,200})/gi,
    generic: true,
  },
  {
    rule: 'password_in_address',
    judged: true,
    pattern: /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:"'`]{0,200}:([^\s/@"'`]{6,200})@[\w.-]{1,200}/gi,
    generic: true,
  },
  {
    rule: 'password_of_command',
    judged: true,
    pattern:
      /(?:\bcurl\b[^\n]{0,300}?[ \t]|^[+-]?[ \t]*)(?:-u|--user)(?:[ \t]+|=)["']?[^\s:"'$]{1,100}:([^\s"'`]{6,200})/gm,
    generic: true,
  },
  {
    rule: 'password_of_command',
    judged: true,
    pattern: /\b(?:sshpass|docker[ \t]+login\b[^\n]{0,200}?)[ \t]+-p[ \t]*["']?([^\s"'`]{6,200})/g,
    generic: true,
  },
  {
    rule: 'password_of_command',
    judged: true,
    pattern: /[ \t]--(?:password|passwd|pass|token|api-key|secret)(?:=|[ \t]+)["']?([^\s"'`]{8,200})/g,
    generic: true,
  },
  {
    rule: 'password_of_command',
    judged: true,
    pattern: /\blogin[ \t]+\S{1,100}[ \t]+password[ \t]+([^\s"'`]{6,200})/g,
    generic: true,
  },
  { rule: 'bearer_token', judged: true, pattern: /\bBearer[ \t]+([\w.~+/-]{24,200}=*)/g, generic: true },
  {
    rule: 'openai_key',
    judged: true,
    pattern: /(?<![\w-])(sk-(?:proj-|svcacct-|admin-|or-v1-)?(?=[\w-]{0,200}\d)[\w-]{32,200})/g,
    generic: false,
  },
  { rule: 'hugging_face_token', judged: true, pattern: /\b(hf_[A-Za-z0-9]{30,})/g, generic: false },
];

const STAND_IN =
  /example|sample|placeholder|change[-_]?me|changeit|replace[-_]?(?:me|with|this)|your[-_]|[-_]here$|insert|dummy|fake|mock|redacted|xxxx|\*{3}|\.{3}|<[^>]*>|\$\{|\$\(|\{\{|%\(|%[sd]|#\{|^\$|process\.env|os\.environ|getenv|secrets?\.|vault:|ssm:|arn:|file:|https?:|^test|test$|[-_]test[-_]|^dev[-_]|localhost|password|passwd|secret|token|foobar|hunter2|letmein|^undefined$|^null$|lorem|todo|123456|abcdef|deadbeef|^[./~@]|^--|application\/|:x:\d|[a-z]+:\/\//i;

/** Bits per character (Shannon). Words and identifiers stay below 3.2, random text is above. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether a value assigned to something called a password or a token is one, and not a stand-in or a name of one. */
export function looksSecret(value: string): boolean {
  if (STAND_IN.test(value)) return false;
  // An identifier, a path, a key of a translation, a CSS class: letters with single separators.
  if (/^[A-Za-z]+(?:[._:/\s-][A-Za-z]+)*$/.test(value) && !/[a-z][A-Z]{2}|[A-Z]{2}[a-z]/.test(value.slice(1)))
    return false;
  // A measure or a colour: design tokens are called tokens too.
  if (/^(?:#[0-9a-f]{3,8}|-?[\d.]+(?:px|r?em|m?s|%|v[hw]|pt))$/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (kinds < 2) return value.length >= 20 && entropyOf(value) >= 3;
  return entropyOf(value) >= (value.length >= 16 ? 3 : 2.5);
}

/** Whether what a rule found is a credential, as far as its text says. */
export function isCredential(rule: SecretRule, value: string): boolean {
  if (rule.judged !== true) return !isDocumentedExample(value);
  return looksSecret(value) && !(rule.settings === true && isExpression(value));
}

/** A call, an index, a value within a value: what code computes, where settings hold a text. */
function isExpression(value: string): boolean {
  const parts = value.split('.');
  return (
    /[\w.][([]|[,;{(]$/.test(value) || (parts.length > 1 && parts.every((part) => /^[A-Za-z_$][\w$]*$/.test(part)))
  );
}

/**
 * Plainly no credential though it stands where one would: one character over and over, words that only name what belongs
 * there, a name in small letters (of a Kubernetes object, of a design token), a digest. Only what is reported heeds this;
 * what leaves for the model is masked all the same.
 */
export function isPlainStandIn(value: string): boolean {
  return (
    /(.)\1{5}/.test(value) ||
    /passw[o0]rd|^(?:your|my|some|the)[A-Z_-]|goes[-_]?here/i.test(value) ||
    /^(?:sha\d{1,3}|md5|bcrypt|s?crypt|argon2\w{0,2}|pbkdf2)\b[:$_-]/i.test(value) ||
    isWords(value.split(/[-._/]/), /^(?:[a-z]{1,20}\d{0,3}|\d{1,4}[a-z]{0,3})$/) ||
    isWords(value.split(/[_-]/), /^(?:[A-Z]{1,20}\d{0,2}|\d{1,2})$/)
  );
}

function isWords(parts: readonly string[], word: RegExp): boolean {
  return parts.length > 1 && parts.some((part) => /[A-Za-z]{3}/.test(part)) && parts.every((part) => word.test(part));
}

/** AWS documents its examples with this ending; they open nothing. */
export function isDocumentedExample(value: string): boolean {
  return /EXAMPLE(?:KEY)?$/.test(value);
}

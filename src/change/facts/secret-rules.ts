/** Secrets that secretlint's recommended rules do not know. Each pattern's last group is the secret itself. */
export interface SecretRule {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Only credible outside tests, and only when the value does not look like a stand-in. */
  readonly generic: boolean;
}

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
    pattern:
      /(?:password|passwd|pwd|secret|secret_?key|api_?key|apikey|access_?token|auth_?token|private_?token|client_?secret|encryption_?key|signing_?key|token)["']?[ \t]*(?::=|=>|[:=])[ \t]*(?:[A-Za-z]{1,20}\()?["'`]([^"'`\s]{8,200})["'`]/gi,
    generic: true,
  },
  {
    rule: 'assigned_secret',
    pattern:
      /^[ \t]*(?:export[ \t]+)?[A-Z0-9_]{0,60}(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_KEY|APIKEY|ACCESS_TOKEN|AUTH_TOKEN|CLIENT_SECRET|TOKEN|ENCRYPTION_KEY)[ \t]*=[ \t]*([^\s"'`#]{8,200})[ \t]*$/gm,
    generic: true,
  },
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

/** AWS documents its examples with this ending; they open nothing. */
export function isDocumentedExample(value: string): boolean {
  return /EXAMPLE(?:KEY)?$/.test(value);
}

/**
 * Shapes of credentials that people paste into configuration by mistake. Each is anchored on an issuer's own prefix, so
 * that ordinary words are never refused; a plain password has no shape and is kept out by the schema having no key for it.
 */
export const SECRET_SHAPES: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'an Anthropic API key', pattern: /\bsk-ant-[\w-]{16,}/ },
  { what: 'an API key', pattern: /\bsk[-_](?:live|test|proj)[-_][\w-]{16,}/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/ },
  { what: 'a GitLab token', pattern: /\bgl(?:pat|ptt|rt|dt)-[\w-]{16,}/ },
  { what: 'a Slack token', pattern: /\bxox[abeoprs]-[\w-]{10,}/ },
  { what: 'an AWS access key id', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{30,}/ },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/ },
  { what: 'a JSON web token', pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/ },
  { what: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:]{0,200}:[^\s/@]{1,200}@/i },
  { what: 'a Slipway token', pattern: /\bslw_[\w-]{20,}/ },
];

/** What kind of secret a text looks like, or undefined. Never returns any part of the text. */
export function secretShape(text: string): string | undefined {
  return SECRET_SHAPES.find((shape) => shape.pattern.test(text.slice(0, 20_000)))?.what;
}

/** True for a key whose name asks for a secret, e.g. `api_key`. */
export function isSecretName(name: string): boolean {
  return /(?:^|[_-])(?:secret|token|password|passwd|api_?key|private_?key|credentials?)s?$/i.test(name);
}

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
  { what: 'a Slack app token', pattern: /\bxapp-\d-[\w-]{20,}/ },
  { what: 'a Slack webhook', pattern: /\bhooks\.slack\.com\/(?:services|workflows)\/[\w/]{20,}/ },
  { what: 'a Google token', pattern: /\bya29\.[\w-]{20,}/ },
  { what: 'a SendGrid key', pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/ },
  { what: 'a Mailgun key', pattern: /\bkey-[0-9a-f]{32}\b/ },
  { what: 'a Mailchimp key', pattern: /\b[0-9a-f]{32}-us\d{1,2}\b/ },
  { what: 'a PyPI token', pattern: /\bpypi-AgE[\w-]{30,}/ },
  { what: 'a RubyGems key', pattern: /\brubygems_[0-9a-f]{40,}/ },
  { what: 'a Docker token', pattern: /\bdckr_(?:pat|oat)_[\w-]{20,}/ },
  { what: 'a DigitalOcean token', pattern: /\bdo[opr]_v1_[0-9a-f]{40,}/ },
  { what: 'a Shopify token', pattern: /\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/ },
  { what: 'a Square token', pattern: /\bsq0(?:atp|csp|idp)-[\w-]{20,}/ },
  { what: 'a Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { what: 'a Vault token', pattern: /\bhv[sbr]\.[\w-]{20,}/ },
  { what: 'a Databricks token', pattern: /\bdapi[0-9a-f]{32}/ },
  { what: 'a Doppler token', pattern: /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}/ },
  { what: 'a Linear key', pattern: /\blin_(?:api|oauth)_[A-Za-z0-9]{30,}/ },
  { what: 'a Notion token', pattern: /\bntn_[A-Za-z0-9]{40,}/ },
  { what: 'a New Relic key', pattern: /\bNR(?:AK|II|AA|RA)-[A-Z0-9]{20,}/ },
  { what: 'a Grafana token', pattern: /\bgl(?:sa|c)_[\w=+/]{30,}/ },
  { what: 'a Pulumi token', pattern: /\bpul-[0-9a-f]{40}/ },
  { what: 'a Terraform token', pattern: /\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{50,}/ },
  { what: 'a PlanetScale token', pattern: /\bpscale_(?:tkn|pw|oauth)_[\w.-]{30,}/ },
  { what: 'a Supabase token', pattern: /\bsbp_[0-9a-f]{40}/ },
  { what: 'a Fly token', pattern: /\bfm[12][ar]?_[\w+/=]{40,}/ },
  { what: 'an Atlassian token', pattern: /\bATATT3xFfGF0[\w=-]{40,}/ },
  { what: 'a Figma token', pattern: /\bfig[dou]_[\w-]{30,}/ },
  { what: 'a Postman key', pattern: /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}/ },
  { what: 'a Sentry token', pattern: /\bsntry[su]_[\w+/=-]{40,}/ },
  { what: 'an age key', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/ },
  { what: 'a bearer token', pattern: /\bBearer[ \t]+(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{24,}=*/ },
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

/**
 * Frameworks publish one package for each service that they can be joined to, and its name ends with whom: `omnipay/paypal`,
 * `passport-github`, `langchain-mistralai`. The family says that it is an adapter, the rest whom it is for.
 */
const FAMILIES: readonly RegExp[] = [
  /^@ai-sdk\/([\w-]+)$/,
  /^(?:@langchain\/|langchain-)([\w-]+)$/,
  /^llama-index-(?:llms|embeddings|multi-modal-llms|vector-stores|readers|graph-stores|tools|postprocessor|retrievers|indices-managed|storage-[a-z]+(?:-store)?|observability)-([\w-]+)$/,
  /^@llamaindex\/([\w-]+)$/,
  /^apache-airflow-providers-([\w-]+)$/,
  /^(?:dagster|prefect|agent-framework)-([\w-]+)$/,
  /^(?:omnipay|socialiteproviders|laravel-notification-channels)\/([\w-]+)$/,
  /^laravel\/([\w-]+)-notification-channel$/,
  /^league\/(?:oauth2|flysystem)-([\w-]+)$/,
  /^symfony\/([\w-]+)-(?:mailer|notifier|messenger|translation-provider)$/,
  /^(?:omniauth|passport|gatsby-source)-([\w-]+)$/,
  /^ueberauth_(\w+)$/,
  /^(?:@strapi\/provider|strapi-provider)-(?:upload|email)-([\w-]+)$/,
  /^contrib\.go\.opencensus\.io\/exporter\/([\w-]+)$/,
  /^aspire\.(?:hosting\.)?azure\.([\w.]+)$/,
  /^@keyv\/([\w-]+)$/,
  /^@auth\/([\w-]+)-adapter$/,
  /^serilog\.sinks\.([\w.]+)$/,
  /^aspnet\.security\.oauth\.(\w+)$/,
  /^microsoft\.aspnetcore\.authentication\.(google|facebook|twitter|microsoftaccount|azuread\w*)(?:\.ui)?$/,
];

/** Members of such families that are joined to nobody: protocols, parts of the framework, and what stays in the process. */
const NOBODY =
  /^(?:core|commons?(?:-.+)?|.+-common|.*api-?key|shared|graphql|papermill|grpc|git|pyspark|rest-resources|orchestrations|langchain|bm25|faiss|docling|pandera|embedded-elt|dlt|sling|durabletask|hyperlight|azurefunctions|foundry-local|.+-(?:pandas|polars|pyspark)|edge3|node-parser|bigmap|gauth|google-gauth|workflow-.+|base|utils?|client|server|community|classic|experimental|cli|tests?|standard(?:-tests)?|hub|protocol|text-?splitters|(?:lang)?graph(?:-.+)?|mcp(?:-.+)?|adapters?|provider(?:-utils)?|ui(?:-utils)?|react|vue|svelte|solid|angular|rsc|codemod|devtools|openai-compatible|scripts|eslint|env|node-utils|workflow|readers|local.*|memory|in-?memory|read-only|path-prefixing|ziparchive|file(?:system|s|-.+)?|web|webserver|webui|pipes|pandas|polars|dask|ray|dbt|shell|dg(?:-.+)?|fab|http(?:-.+)?|oauth\d?(?:-.+)?|openid(?:[-_]?connect)?|oidc|saml\d?|multi-saml|jwt|strategy|custom|anonymous|cookie|token|hash|unique-token|remember-me|magic-(?:login|link)|totp|otp|webauthn|fido2?.*|identity|developer|rails[-_]csrf[-_]protection|omnipay|manager|helper|console|rolling-?file|debug|async|map|trace|observable|xunit|signalr.*|inmemory.*|background.*|periodicbatching|expressions|prisma|drizzle|typeorm|mikro-orm|sqlalchemy|kysely|unstorage|pg-.+|a2a|ag-ui|devui|lab|declarative|purview|compress-.+|serialize|test-suite|type)$/;

/** Short names under which adapters go, where the table of services knows another. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  mistral: 'mistralai',
  'google-genai': 'google-ai',
  'google-vertex': 'vertex-ai',
  'amazon-bedrock': 'aws:bedrock-runtime',
  aws: 'aws',
  azure: 'openai',
  'azure-openai': 'openai',
  gateway: 'vercel',
  k8s: 'kubernetes',
  'cncf-kubernetes': 'kubernetes',
  microsoft: 'entra',
  microsoftaccount: 'entra',
  azuread: 'entra',
  google: 'google-sign-in',
  github: 'github-sign-in',
  apple: 'apple-sign-in',
};

/** Whom a member of an adapter family is for, in the word of its name; null for no such package. */
export function adaptedBy(name: string): string | null {
  for (const family of FAMILIES) {
    const found = family.exec(name)?.[1];
    if (found !== undefined) return NOBODY.test(found) ? null : found;
  }
  return null;
}

/** The service under that word, where it has another name. */
export function adaptedService(word: string): string {
  return KNOWN_AS[word] ?? `vendor:${word}`;
}

import { cloudServiceOf, cloudServiceOfHost } from './cloud-services.ts';
import { INFRASTRUCTURE_SERVICES } from './infrastructure-services.ts';
import type { KnownService } from './known-service.ts';
import { serviceOfListed } from './package-names.ts';
import { PROVIDER_SERVICES } from './provider-services.ts';
import { adaptedBy, adaptedService } from './service-adapters.ts';
import { isGivenAway, serviceInHost, serviceInName, serviceInWords } from './service-brands.ts';

const KNOWN_SERVICES: readonly KnownService[] = [...INFRASTRUCTURE_SERVICES, ...PROVIDER_SERVICES];

/** `acme-sdk`, `@acme/sdk`, `acme/acme-api-client`, `acme_client`: made to talk to whoever the rest names. */
const BY_SHAPE =
  /^(?:@([\w.-]+)\/(?:[\w.-]+-)?(?:sdk|api-client|rest-client|client-sdk)(?:-[\w.-]+)?|(?:[\w.-]+\/)*([\w.]+(?:-[\w.]+)*?)[-_](?:api[-_]client|rest[-_]client|server[-_]sdk|node[-_]sdk|php[-_]sdk|sdk[-_](?:node|go|php|python|ruby|java)|sdk|server[-_]api)(?:\/v\d+)?|([a-z][a-z0-9]{2,})-client)$/;
/** Protocols and tools have clients too. */
const NO_VENDOR =
  /^(?:prom|spring|tomcat|camel|quarkus|micronaut|metrics|opentracing|exposed|https?|rest|graphql|grpc|soap|ws|websocket|socket\.?io|sse|eventsource|oauth2?|oidc|openid|json-?rpc|xml-?rpc|apollo|trpc|prisma|mcp|modelcontextprotocol|opentelemetry|otel|android|java|dotnet|node|js|core|common|generic|open|openapi|swagger|microsoft|testing|test|internal|shared|plugin|module|web|app|api|client|server|cli|agent|ai|vscode|workflow|types|azure|google|aws|gradle|maven|dns|git|ssh|sftp|ftp|telnet|ntp|whois|smtp|sse|mcp|acp|rpc|rsocket|engine|swagger|jupyter|nb|prometheus|relay|query|persist|tus|torrent|webtorrent|hub|unix|tcp|udp|raw|fetch|axios|request|requests|user|device|event|game|chat|mobile|desktop|browser|netcore|extension|language|lsp)$/;

/** `acme-web-api-php`, `acme-jdbc`, and a package that has the address of whom it talks to for a name: `acme.dev`. */
const BY_OTHER_SHAPE =
  /^(?:([a-z][a-z0-9]+)-(?:python|node|nodejs|php|go|java|js)-sdk(?:-v?\d+)?|e?sdk-([a-z0-9]+)-(?:python|nodejs|go|php)|([a-z][a-z0-9]{3,})-connector(?:-python)?|(?:[\w.-]+\/)*([\w-]+?)[-_](?:web[-_]|rest[-_]|http[-_])?api[-_](?:php|node|js|python|ruby|go|java|dotnet|net)|[\w.-]+:([a-z0-9]+)-jdbc(?:-driver)?|([a-z][a-z0-9-]{2,})\.(?:dev|com|ai|app))$/;

/** The artifact of a maker's own group: `com.acme:sdk`, `com.acme.api:acme-java-sdk`, `io.acme:java-client`. */
const BY_ARTIFACT =
  /^(?:java-|kotlin-|android-)?(?:([a-z][a-z0-9]+)-)?(?:java-|kotlin-|android-|server-|api-|rest-)?(?:sdk|api-client|rest-client)(?:-java|-kotlin|-core|-android|-jvm)?$/;
const ALL_LANGUAGES = /^(?:api|java|kotlin|server|client|sdk|rest|android|v\d+|github|gitlab)$/;

function vendorOfCoordinates(name: string): string | null {
  const [group = '', artifact = ''] = name.split(':');
  const found = BY_ARTIFACT.exec(artifact);
  if (found === null || !group.includes('.')) return null;
  const owner =
    group
      .split('.')
      .slice(1)
      .findLast((part) => !ALL_LANGUAGES.test(part)) ?? '';
  const vendor = found[1] === undefined || ALL_LANGUAGES.test(found[1]) ? owner : found[1];
  return vendor === '' || NO_VENDOR.test(vendor) || NO_VENDOR.test(owner) ? null : `vendor:${vendor}`;
}

function serviceByShape(name: string): string | null {
  if (name.includes(':')) {
    const vendor = vendorOfCoordinates(name);
    if (vendor !== null) return vendor;
  }
  const found = BY_SHAPE.exec(name) ?? BY_OTHER_SHAPE.exec(name);
  const vendor = (found?.slice(1).find((part) => part !== undefined) ?? '')
    .replace(/^(?:python|node|go|php|ruby)-/, '')
    .replace(/-(?:rest-)?api(?:-v\d+)?$/, '');
  return vendor === '' || vendor.split(/[-_.]/).some((word) => NO_VENDOR.test(word)) ? null : `vendor:${vendor}`;
}

const PACKAGES = new Map<string, string | null>();

/** One pattern for all of them first: nearly every name is in none. */
const ANY_SINGLE = new RegExp(
  KNOWN_SERVICES.flatMap(({ single }) => (single === null ? [] : [single.source])).join('|'),
);

function serviceOfTable(name: string): string | null {
  if (/[/:]/.test(name)) return KNOWN_SERVICES.find((known) => known.packages?.test(name))?.id ?? null;
  if (!ANY_SINGLE.test(name)) return null;
  return KNOWN_SERVICES.find((known) => known.single?.test(name))?.id ?? null;
}

/** `resend-laravel`, `clerk-rails`: a maker's package for one language or framework. */
const FOR_LANGUAGE =
  /[-_.](?:laravel|symfony|php|js|node(?:js)?|ruby|rails|python|py|django|flask|fastapi|go|golang|java|kotlin|dotnet|net|rs|rust|elixir|ex|react|vue|next(?:js)?)(?:[-_](?:sdk|client))?$/;
/** Ordinary words that are a client's name only by themselves. */
const ONLY_ALONE = /^(?:motor|nest|bunny|modal|square|daily|split|split-?js|nano|cent|fdb|tds|brod|loops|.{1,3})$/;

function withoutLanguage(name: string): string {
  if (!FOR_LANGUAGE.test(name)) return '';
  const bare = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1).replace(FOR_LANGUAGE, '');
  return ONLY_ALONE.test(bare) ? '' : bare;
}

function findService(name: string): string | null {
  if (isGivenAway(name)) return null;
  const cloud = cloudServiceOf(name);
  if (cloud !== undefined) return cloud;
  const named =
    serviceOfTable(name) ?? serviceOfListed(name) ?? serviceInName(name) ?? serviceOfTable(withoutLanguage(name));
  if (named !== null) return named;
  const adapted = adaptedBy(name);
  if (adapted === null) return serviceByShape(name);
  return serviceOfTable(adapted) ?? adaptedService(adapted);
}

/** The service that a dependency talks to, or null for a library that talks to none we know. */
export function serviceOfPackage(name: string): string | null {
  const lower = name.toLowerCase();
  const known = PACKAGES.get(lower);
  if (known !== undefined) return known;
  const found = findService(lower);
  if (PACKAGES.size < 20_000) PACKAGES.set(lower, found);
  return found;
}

const ENV_NAME =
  /^([A-Z][A-Z0-9_]*?)_(?:(?:[A-Z0-9]+_)*)(?:URL|URI|HOSTS?|HOSTNAME|DSN|BROKERS?|SERVERS?|ENDPOINT|ADDR(?:ESS)?|SOCKET|API_KEY|SECRET_KEY|ACCESS_KEY|ACCESS_KEY_ID|ACCESS_TOKEN|TOKEN|ACCOUNT_SID|API_TOKEN|CONNECTION_STRING|BUCKET|QUEUE(?:_URL)?|TOPIC|DATASET|DOMAIN|SUBDOMAIN|APP_ID|CLIENT_ID|PROJECT_ID|MERCHANT_ID|SPACE_ID|ACCOUNT|PORT|PASSWORD|KEY|SECRET|SID|TENANT_ID|(?:WEB)?SITE_ID|WORKSPACE_ID|MEASUREMENT_ID|TRACKING_ID|PIXEL_ID|WEBHOOK|WEBHOOK_URL|WEBHOOK_SECRET)$/;
/** A key that somebody outside gives out; whose it is stands before it. */
const VENDOR_KEY = /^([A-Z][A-Z0-9]{2,})_(?:[A-Z0-9]+_)?(?:API_KEY|API_TOKEN|API_SECRET|APIKEY)$/;
const OWN_KEY =
  /^(?:CRON|JOBS?|TASKS?|WORKER|BATCH|SYNC|HEALTH|METRICS|LICENSE|ENTERPRISE|CAPTCHA|API|APP|APPLICATION|ADMIN|INTERNAL|SERVICE|SERVER|AUTH|JWT|SECRET|PUBLIC|PRIVATE|TEST|USER|PROJECT|DEFAULT|MASTER|ROOT|SYSTEM|CLIENT|CUSTOM|LLM|PROVIDER|EXTERNAL|NEXT|VITE|REACT|NUXT|EXPO|BACKEND|FRONTEND|WEBHOOK|MODEL|EMBEDDING|SEARCH|EMAIL|MAIL|SMS|PAYMENT|WEB|MOCK|FAKE|DUMMY|INVALID|MISSING|MAX|MIN|ENABLE|DISABLE|REQUIRE|HEADER|ERROR|GET|SET|CREATE|DELETE|UPDATE|NEW|OLD)$/;
const FRAMEWORK_PREFIX = /^(?:NEXT_PUBLIC|NEXT_PRIVATE|VITE|REACT_APP|NUXT_PUBLIC|NUXT|EXPO_PUBLIC|PUBLIC)_/;

/** Most names are nobody's: one pattern says so sooner than some hundred do. */
const ANY_ENV = new RegExp(KNOWN_SERVICES.flatMap(({ env }) => (env === null ? [] : `(?:${env.source})`)).join('|'));

/** Whether the first word of a variable says only that it is the program's own. */
export function isOwnName(word: string): boolean {
  return OWN_KEY.test(word);
}

const STRONG =
  /_(?:API_KEY|SECRET_KEY|ACCESS_TOKEN|API_TOKEN|AUTH_TOKEN|BOT_TOKEN|CLIENT_SECRET|DSN|WEBHOOK_SECRET|ACCOUNT_SID|API_SECRET)$/;

/** Whether only somebody outside can give out what a variable of this name holds. */
export function isStrongEnv(variable: string): boolean {
  return STRONG.test(variable);
}

function serviceOfFirstWords(words: readonly string[], among: readonly KnownService[]): string | null {
  for (let count = Math.min(2, words.length - 1); count >= 1; count -= 1) {
    const start = words.slice(0, count).join('_');
    const found = ANY_ENV.test(start) ? among.find((known) => known.env?.test(start)) : undefined;
    if (found !== undefined) return found.id;
  }
  return null;
}

/**
 * `SHOP_REDIS_URL`, `MY_APP_STRIPE_KEY`: the program's own name stands first, even where that is a service's too. Ordinary
 * words count only as secrets.
 */
function serviceBehindPrefix(variable: string): string | null {
  const name = variable.replace(FRAMEWORK_PREFIX, '');
  if (!ENV_NAME.test(name)) return null;
  const words = name.split('_');
  const strong = isStrongEnv(words.join('_'));
  for (let at = 1; at <= 2 && at < words.length - 1; at += 1) {
    const rest = words.slice(at);
    const among = strong && (rest[0]?.length ?? 0) > 4 ? KNOWN_SERVICES : INFRASTRUCTURE_SERVICES;
    const found = serviceInWords(rest) ?? serviceOfFirstWords(rest, among);
    if (found !== null) return found;
  }
  return null;
}

/** The service that an environment variable configures, or null. */
export function serviceOfEnv(variable: string): string | null {
  const name = variable.replace(FRAMEWORK_PREFIX, '');
  const vendor = VENDOR_KEY.exec(name)?.[1];
  if (!ENV_NAME.test(name) && vendor === undefined) return null;
  const words = name.split('_');
  const cloud =
    /^(?:AWS_)?(SQS|SNS|S3|DYNAMODB|KINESIS|LAMBDA|SES|EVENTBRIDGE|CLOUDFRONT|COGNITO|BEDROCK|CLOUDWATCH|ATHENA|REDSHIFT)_/.exec(
      name,
    )?.[1];
  if (cloud !== undefined) return `aws:${cloud.toLowerCase()}`;
  const google = /^(?:GCP_|GOOGLE_)?(PUBSUB|BIGQUERY|FIRESTORE|SPANNER|BIGTABLE)_/.exec(name)?.[1];
  if (google !== undefined) return `gcp:${google.toLowerCase()}`;
  const table = serviceOfFirstWords(words, KNOWN_SERVICES);
  if (table !== null) return table;
  const brand = serviceInWords(words);
  if (brand !== null) return brand;
  return (
    serviceBehindPrefix(variable) ??
    (vendor === undefined || OWN_KEY.test(vendor) ? null : `vendor:${vendor.toLowerCase()}`)
  );
}

/** The service behind a container image such as `docker.io/library/redis:7-alpine`. */
export function serviceOfImage(image: string): string | null {
  const path = (image.split('@', 1)[0] ?? '')
    .replace(/:[\w.-]+$/, '')
    .toLowerCase()
    .split('/');
  // `mssql/server` says nothing by its last part alone.
  const names = [path.slice(-1).join('/'), path.slice(-2).join('/')];
  return (
    KNOWN_SERVICES.find(({ image: known }) => names.some((name) => known?.test(name)))?.id ??
    (path.length > 2 ? null : serviceInName(path.at(-1) ?? ''))
  );
}

/** Forges are where people go; their interfaces are what programs call. */
const API_OF_FORGE = /^(?:api|uploads)\.(github|bitbucket)\.(?:com|org)$|^(gitlab)\.com$/;
const OWN_HOSTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:api\.telegram|.+\.telegram)\.org$/, 'telegram'],
  [/^generativelanguage\.googleapis\.com$/, 'google-ai'],
  [/\.openai\.azure\.com$/, 'openai'],
  [/^graph\.microsoft\.com$/, 'microsoft-graph'],
  [/^login\.microsoftonline\.com$/, 'entra'],
  [/^(?:graph|connect)\.facebook\.(?:com|net)$/, 'facebook'],
  [/^api\.(?:twitter|x)\.com$/, 'twitter'],
  [/^api-inference\.huggingface\.co$/, 'huggingface'],
  [/(?:^|\.)notion\.com$/, 'notion'],
  [/(?:^|\.)linear\.app$/, 'linear'],
  [/\.ingest(?:\.\w+)?\.sentry\.io$/, 'sentry'],
];

/** The service that answers at a host: `hooks.slack.com` is slack, `sqs.eu-west-1.amazonaws.com` is aws:sqs; or null. */
export function serviceOfHost(host: string): string | null {
  const forge = API_OF_FORGE.exec(host);
  if (forge !== null) return forge[1] ?? forge[2] ?? null;
  return OWN_HOSTS.find(([pattern]) => pattern.test(host))?.[1] ?? cloudServiceOfHost(host) ?? serviceInHost(host);
}

const VARIABLES = new Map<string, readonly string[]>();

/** Every service that a variable configures: a name can carry the program's own, and that may be a service's too. */
export function servicesOfVariable(variable: string): readonly string[] {
  const known = VARIABLES.get(variable);
  if (known !== undefined) return known;
  const found = [serviceOfEnv(variable), serviceBehindPrefix(variable)].filter((service) => service !== null);
  if (VARIABLES.size < 20_000) VARIABLES.set(variable, found);
  return found;
}

import { BRAND_NAMES } from './brand-names.ts';
import { MORE_BRANDS } from './brands-by-topic.ts';

/** Names under which makers publish what is theirs. */
const SYNONYMS: Readonly<Record<string, string>> = {
  oracledb: 'oracle',
  togetherai: 'together',
  vertexai: 'vertex-ai',
  fireworksai: 'fireworks',
  geminiai: 'google-ai',
  pgvector: 'postgres',
  rhea: 'rabbitmq',
  tencentcloud: 'tencent',
  alibabacloud: 'alibaba',
  aliyun: 'alibaba',
  ibmcloud: 'ibm-cloud',
  larksuiteoapi: 'lark',
  applicationinsights: 'application-insights',
  azureml: 'azure:machine-learning',
  postgresql: 'postgres',
  pgsql: 'postgres',
  mariadb: 'mysql',
  mongo: 'mongodb',
  beanie: 'mongodb',
  mssql: 'sqlserver',
  sidekiq: 'redis',
  resque: 'redis',
  amqp: 'rabbitmq',
  memcache: 'memcached',
  sqs: 'aws:sqs',
  s3: 'aws:s3',
  kinesis: 'aws:kinesis',
  cloudwatch: 'aws:cloudwatch',
  xray: 'aws:xray',
  dynamo: 'aws:dynamodb',
  gcs: 'gcp:storage',
  googlemaps: 'google-maps',
  otlp: 'opentelemetry',
  nordigen: 'gocardless',
  valkey: 'redis',
  redpanda: 'kafka',
  mosquitto: 'mqtt',
  opensearch: 'elasticsearch',
  notionhq: 'notion',
  clerkjs: 'clerk',
  customerio: 'customer-io',
  dynamodb: 'aws:dynamodb',
  documentdb: 'aws:docdb',
  sagemaker: 'aws:sagemaker-runtime',
  bigquery: 'gcp:bigquery',
  bigtable: 'gcp:bigtable',
  firestore: 'gcp:firestore',
  cosmosdb: 'azure:cosmos',
  servicebus: 'azure:service-bus',
  eventhubs: 'azure:event-hubs',
  sendinblue: 'brevo',
  nexmo: 'vonage',
  betterstack: 'logtail',
  npgsql: 'postgres',
  nodemailer: 'smtp',
  opentok: 'vonage',
  hcloud: 'hetzner',
  intuit: 'quickbooks',
  pynamodb: 'aws:dynamodb',
  cinderclient: 'openstack',
  neutronclient: 'openstack',
  glanceclient: 'openstack',
  heatclient: 'openstack',
  barbicanclient: 'openstack',
  octaviaclient: 'openstack',
  ironicclient: 'openstack',
  designateclient: 'openstack',
  retellai: 'retell',
  telesignenterprise: 'telesign',
  '11labs': 'elevenlabs',
  vkbottle: 'vk',
  mygeotab: 'geotab',
  opik: 'comet',
  gcpkms: 'gcp:kms',
  awskms: 'aws:kms',
  obvector: 'oceanbase',
  mochow: 'baidu',
  baiducloud: 'baidu',
  qcloud: 'tencent',
  tcvectordb: 'tencent',
  rsmq: 'redis',
  gelf: 'graylog',
  microsoftgraph: 'microsoft-graph',
  pg: 'postgres',
  dogstatsd: 'datadog',
  rudder: 'rudderstack',
  rudderlabs: 'rudderstack',
  segmentio: 'segment',
  splitio: 'split',
  libsql: 'turso',
  tursodatabase: 'turso',
  cockroach: 'cockroachdb',
  iyzipay: 'iyzico',
  btcpayserver: 'btcpay',
  wxpay: 'wechatpay',
  axiomhq: 'axiom',
  duosecurity: 'duo',
  duouniversal: 'duo',
  cognito: 'aws:cognito',
  msal: 'entra',
  azuread: 'entra',
  azureadb2c: 'entra',
  turnstile: 'cloudflare',
  haveibeenpwned: 'hibp',
  pwned: 'hibp',
  googledrive: 'google-drive',
  gdrive: 'google-drive',
  azblob: 'azure:storage-blob',
  azurestorage: 'azure:storage-blob',
  alioss: 'alibaba',
  mem0ai: 'mem0',
  ddgs: 'duckduckgo',
  msgraph: 'microsoft-graph',
  office365: 'microsoft-graph',
  msteams: 'microsoft-graph',
  gcal: 'google-calendar',
  googlecalendar: 'google-calendar',
  themoviedb: 'tmdb',
  wechaty: 'wechat',
  weixin: 'wechat',
  wecom: 'wechat',
  ytdl: 'youtube',
  pytube: 'youtube',
  feishu: 'lark',
  notifynl: 'govuknotify',
  mqttnet: 'mqtt',
  fcm: 'push',
  apns: 'push',
  yubikey: 'yubico',
  garminconnect: 'garmin',
  atproto: 'bluesky',
  crmsdk: 'dynamics365',
  bigmodel: 'zhipuai',
};

/** Packages around a service that do not talk to it. */
const AROUND =
  /(?<![a-z])(?:native-tls|mocks?|fakes?|stubs?|tests?|testing|testcontainers|types|typings|memory-server|eslint|instrumentation|icons?|lint|parser|grammar|prism|codemirror|docs|polyfill|dialect|formatter|lexer|fts\d?|openapi(?:-types)?|elements-types|schemas?|styles?)(?![a-z])/;
/** Libraries of use to everybody that a maker of services gives away, and the hosts that Go modules are named by. */
const GIVEN_AWAY =
  /^(?:com\.auth0:(?:java-jwt|jwks-rsa)|@auth0\/(?:angular-jwt|jwt)|github\.com\/auth0\/go-jwt.*|@mapbox\/(?!mapbox-).+|@shopify\/(?:polaris|flash-list|restyle|react-native-skia|draggable|prettier).*|github\.com\/shopify\/(?:toxiproxy|goluago).*|github\.com\/datadog\/(?:zstd|gostackparse).*|@sentry\/(?:cli|babel.*|webpack-plugin|vite-plugin|rollup-plugin|bundler.*|wizard)|github\.com\/cloudflare\/(?!cloudflare-go).+|@cloudflare\/(?:workers|vitest|kv-asset).*|github\.com\/digitalocean\/(?!godo).+|@slack\/logger|paper_trail|(?:[\w-]+\/)?(?:php-)?snowflake(?:-id)?|qs-to-mongo|nodemailer-(?:express-)?handlebars|@[\w-]+\/(?:[\w-]+-)?types|lodash.*|.*open-?collective.*|cli-tableau|(?:[\w.]+:)?logstash-(?:logback-)?(?:event|encoder|formatter))$/;
const MODULE_HOST = /^(?:github\.com|gitlab\.com|bitbucket\.org)\//;
/** What makers put behind their name without a break: `stripejs`, `redisclient`. */
const TAIL = /(?:s|js|php|py|rb|ruby|python|node|sdk|client|api|go|java|net|dotnet|rs)$/;

/** What comes behind a name without a break beyond TAIL: `redisio`, `mongodbstore`, `slackbot`. */
const JOINED =
  /^(?:io|db|core|async|storage|analytics|cache|queue|mq|kit|rest|connect|connector|driver|orm|universal|admin|http|auth|oauth|bot|store|server|cluster|pool|mail|mailer|pay|payments?|sms|light|sink|logger|handler|transport|backend|provider|service|web|lib|dotnet|php|python|ruby|v)$/;
/** Shorter ones end too many other words. */
const LEAST_JOINED = 5;
const LEAST_BEFORE = 4;
const LEAST_STEM = 4;
/** Stand-ins of a service for tests. */
const STAND_IN = /^(?:fake|mock|mini|ephemeral|stub|embedded)/;
const NEVER_JOINED =
  /^(?:minio|ollama|rollbar|dlocal|hbase|cognito|apify|maxmind|nhost|linode|descope|pages|okta|asana|adyen|infura|braze|brevo|kinde|loops|xata|hanko|omise|tenor|oura)$/;

/** The less known end ordinary words: `squirrel`, `kleinpost`. */
const WHOLE_ONLY: ReadonlySet<string> = new Set(MORE_BRANDS);

function brandWithin(word: string): string {
  for (let at = 1; at <= word.length - LEAST_JOINED; at += 1) {
    const end = word.slice(at);
    if (BRAND_NAMES.has(end) && !NEVER_JOINED.test(end) && !WHOLE_ONLY.has(end)) return STAND_IN.test(word) ? '' : end;
  }
  for (let at = LEAST_BEFORE; at < word.length; at += 1) {
    const start = word.slice(0, at);
    if (BRAND_NAMES.has(start) && !NEVER_JOINED.test(start) && JOINED.test(word.slice(at))) return start;
  }
  return '';
}

/** Two ordinary words one after the other. */
const NEVER_TWO = /^(?:logto|dialogflow|activecampaign|clicksend|pingidentity)$/;

function canonical(brand: string): string {
  return SYNONYMS[brand] ?? brand;
}

function brandOf(word: string): string | null {
  const bare = word.replace(/v?\d{1,2}$/, '');
  const cut = bare.replace(TAIL, '');
  const stem = cut.length < LEAST_STEM ? bare : cut;
  const known = [word, bare, stem].find((part) => BRAND_NAMES.has(part)) ?? (brandWithin(bare) || brandWithin(stem));
  return BRAND_NAMES.has(known) ? canonical(known) : null;
}

/** Names that are ordinary words too: `@chat-adapter/linear` is made for one, `linear` alone need not be. */
const ADAPTER =
  /^(?:@[\w.-]+\/|github\.com\/[\w.-]+\/(?:go-)?)(linear|notion|resend|clerk|neon|turso|replicate|intercom|xai|fireworks|jira|zoom|twitch|spotify|teams|gchat|google-chat|messenger|line|asana|trello|figma|segment|square|loops|knock|daily|exa)(?:-go|\/v\d+)?$/;

/** A library of a maker of services that talks to none of them. */
export function isGivenAway(name: string): boolean {
  return GIVEN_AWAY.test(name);
}

/** Who owns a Go module says little: makers give away libraries. What the module is called does, or that it is a client. */
const CLIENT = /(?:^|[-_.])(?:client|sdk|api|analytics|driver|agent)(?:$|[-_./])|[-.]go$/;

function partOfModule(name: string): string {
  if (!MODULE_HOST.test(name)) return name;
  const [, owner = '', repository = '', ...folders] = name.split('/');
  // One module of several in a repository, called after whom it is for: `…/kratos-transport/transport/nats`.
  const last = folders.filter((folder) => !/^v\d+$/.test(folder)).at(-1) ?? '';
  if (BRAND_NAMES.has(last)) return last;
  return CLIENT.test(repository) ? `${owner}/${repository}` : repository;
}

/** The service that a package's or image's name carries, or null. `name` is in lower case. */
export function serviceInName(name: string): string | null {
  if (AROUND.test(name)) return null;
  const words = partOfModule(name).split(/[^a-z0-9]+/);
  for (const [index, word] of words.entries()) {
    // `open-router` and `new_relic` are one name.
    const two = `${words[index - 1] ?? ''}${word}`;
    const brand = brandOf(word) ?? (index > 0 && !NEVER_TWO.test(two) && BRAND_NAMES.has(two) ? canonical(two) : null);
    if (brand !== null) return brand;
  }
  const last = ADAPTER.exec(name)?.[1];
  return last ?? null;
}

/** The service that the first words of a variable's name carry: `NEW_RELIC` and `MAILGUN`. */
export function serviceInWords(words: readonly string[]): string | null {
  const lower = words.map((word) => word.toLowerCase());
  const two = lower.slice(0, 2).join('');
  return BRAND_NAMES.has(two) ? canonical(two) : brandOf(lower[0] ?? '');
}

/** The service that owns a host: `api.stripe.com` is stripe's. */
export function serviceInHost(host: string): string | null {
  return brandOf(host.split('.').at(-2) ?? '');
}

/** Names so much a service's own that a package, variable, host or image which carries one belongs to it. */
const BRANDS = `
oracledb groq togetherai vertexai fireworksai geminiai
duckdb ydb pgvector rhea applicationinsights azureml telesign tencentcloud larksuiteoapi alibabacloud aliyun ibmcloud openstack
postgres postgresql pgsql mysql mariadb mongo sqlite mssql celery sidekiq resque amqp memcache etcd zookeeper sqs s3 kinesis cloudwatch
xray dynamo gcs smtp imap ldap sftp statsd graphite jaeger zipkin otlp beanie braze googlemaps nordigen
redis valkey kafka redpanda rabbitmq mongodb elasticsearch opensearch cassandra scylladb clickhouse neo4j
influxdb snowflake databricks memcached mqtt mosquitto couchdb couchbase arangodb surrealdb cockroachdb
yugabytedb questdb timescaledb milvus weaviate qdrant pinecone chromadb lancedb meilisearch typesense algolia
solr manticoresearch minio seaweedfs keycloak hazelcast aerospike foundationdb tidb singlestore firebolt
cosmosdb dynamodb documentdb bigquery bigtable firestore eventhubs servicebus planetscale neondb supabase
firebase appwrite pocketbase hasura nhost stripe paypal braintree adyen razorpay mollie gocardless chargebee
recurly klarna afterpay mercadopago paystack flutterwave worldpay lemonsqueezy dwolla plaid truelayer coinbase
binance twilio sendgrid mailgun postmark mailchimp mandrill mailjet sparkpost sendinblue brevo mailersend
mailerlite mailtrap klaviyo campaignmonitor convertkit activecampaign customerio vonage nexmo messagebird plivo
telnyx onesignal pushwoosh pushover pusher pubnub slack discord telegram mattermost rocketchat whatsapp viber
webex zulip sendbird openai anthropic mistralai elevenlabs deepgram assemblyai huggingface deepseek openrouter
cohere sagemaker ollama deepinfra cerebras sambanova voyageai stabilityai runpod langsmith langfuse helicone
traceloop braintrust firecrawl tavily serpapi browserbase novita siliconflow dashscope watsonx sentry datadog
newrelic bugsnag rollbar honeybadger airbrake logrocket honeycomb lightstep dynatrace appdynamics appsignal
signalfx splunk sumologic logdna papertrail loggly logentries graylog logtail betterstack pagerduty opsgenie
victorops instana logstash mixpanel posthog amplitude fullstory hotjar rudderstack snowplow matomo launchdarkly
optimizely growthbook flagsmith statsig configcat auth0 okta onelogin workos descope fusionauth zitadel stytch
clerkjs kinde frontegg zendesk hubspot salesforce intercom freshdesk freshworks pipedrive zoho shopify
woocommerce bigcommerce commercetools contentful storyblok prismic datocms cloudinary imgix imagekit mapbox
tomtom geoapify openweathermap backblaze wasabi dropbox docusign xero quickbooks netsuite bamboohr calendly
typeform surveymonkey airtable notionhq clickup todoist asana jira confluence gitlab bitbucket circleci netlify
cloudflare digitalocean linode hetzner scaleway vultr fastly akamai bunnycdn heroku maxmind ipinfo hcaptcha
recaptcha onfido sumsub docraptor easypost shippo taxjar avalara infura moralis fireblocks livekit vimeo wistia
zapier composio apify infisical doppler onepassword
`
  .trim()
  .split(/\s+/);

const BRAND_SET = new Set(BRANDS);

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
};

/** Packages around a service that do not talk to it. */
const AROUND =
  /(?<![a-z])(?:mocks?|fakes?|stubs?|tests?|testing|testcontainers|types|typings|memory-server|eslint|instrumentation|icons?|lint|parser|grammar|prism|codemirror|docs|polyfill|dialect|formatter|lexer|fts\d?|openapi(?:-types)?|elements-types|schemas?|styles?)(?![a-z])/;
/** Libraries of use to everybody that a maker of services gives away, and the hosts that Go modules are named by. */
const GIVEN_AWAY =
  /^(?:com\.auth0:(?:java-jwt|jwks-rsa)|@auth0\/(?:angular-jwt|jwt)|github\.com\/auth0\/go-jwt.*|@mapbox\/(?!mapbox-).+|@shopify\/(?:polaris|flash-list|restyle|react-native-skia|draggable|prettier).*|github\.com\/shopify\/(?:toxiproxy|goluago).*|github\.com\/datadog\/(?:zstd|gostackparse).*|@sentry\/(?:cli|babel.*|webpack-plugin|vite-plugin|rollup-plugin|bundler.*|wizard)|github\.com\/cloudflare\/(?!cloudflare-go).+|@cloudflare\/(?:workers|vitest|kv-asset).*|github\.com\/digitalocean\/(?!godo).+|@slack\/logger|@[\w-]+\/(?:[\w-]+-)?types|lodash.*)$/;
const MODULE_HOST = /^(?:github\.com|gitlab\.com|bitbucket\.org)\//;
/** What makers put behind their name without a break: `stripejs`, `redisclient`. */
const TAIL = /(?:s|js|php|py|rb|ruby|python|node|sdk|client|api|go|java|net|dotnet|rs)$/;

function brandOf(word: string): string | null {
  const bare = word.replace(/\d{1,2}$/, '');
  const known = [word, bare, bare.replace(TAIL, '')].find((part) => BRAND_SET.has(part)) ?? '';
  return BRAND_SET.has(known) ? (SYNONYMS[known] ?? known) : null;
}

/** Names that are ordinary words too: `@chat-adapter/linear` is made for one, `linear` alone need not be. */
const ADAPTER =
  /^@[\w.-]+\/(linear|notion|resend|clerk|neon|turso|replicate|intercom|xai|fireworks|jira|zoom|twitch|spotify)$/;

/** A library of a maker of services that talks to none of them. */
export function isGivenAway(name: string): boolean {
  return GIVEN_AWAY.test(name);
}

/** The service that a package's or image's name carries, or null. `name` is in lower case. */
export function serviceInName(name: string): string | null {
  if (AROUND.test(name)) return null;
  const words = name.replace(MODULE_HOST, '').split(/[^a-z0-9]+/);
  for (const [index, word] of words.entries()) {
    // `open-router` and `new_relic` are one name.
    const brand = brandOf(word) ?? (index > 0 ? brandOf(`${words[index - 1]}${word}`) : null);
    if (brand !== null) return brand;
  }
  const last = ADAPTER.exec(name)?.[1];
  return last ?? null;
}

/** The service that the first words of a variable's name carry: `NEW_RELIC` and `MAILGUN`. */
export function serviceInWords(words: readonly string[]): string | null {
  const lower = words.map((word) => word.toLowerCase());
  return brandOf(lower.slice(0, 2).join('')) ?? brandOf(lower[0] ?? '');
}

/** The service that owns a host: `api.stripe.com` is stripe's. */
export function serviceInHost(host: string): string | null {
  return brandOf(host.split('.').at(-2) ?? '');
}

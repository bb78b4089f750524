/** A service outside the process, and how its use shows. */
interface KnownService {
  readonly id: string;
  /** Matches dependency names (lower case) over all package managers. */
  readonly packages: RegExp | null;
  /** Matches the first words of environment names such as REDIS_URL. */
  readonly env: RegExp | null;
  /** Matches a container image's name. */
  readonly image: RegExp | null;
}

function service(id: string, packages: string | null, env: string | null, image: string | null = null): KnownService {
  return {
    id,
    packages: packages === null ? null : new RegExp(`^(?:${packages})$`),
    env: env === null ? null : new RegExp(`^(?:${env})$`),
    image: image === null ? null : new RegExp(`^(?:${image})$`),
  };
}

/** `name` in any of the usual shapes of a package name: npm scope, Go module path, Maven coordinate. */
const ANY = '(?:[\\w.@-]+[/:])*';

const KNOWN_SERVICES: readonly KnownService[] = [
  service(
    'redis',
    `ioredis|redis|node-redis|@redis/.+|@upstash/redis|aioredis|redis-rb|hiredis|redix|predis/predis|${ANY}go-redis(?:/v\\d+)?|${ANY}redigo|${ANY}jedis|${ANY}lettuce-core|${ANY}spring-boot-starter-data-redis|stackexchange.redis|django-redis|fred|connect-redis|bull|bullmq|bee-queue|@nestjs/bull(?:mq)?|sidekiq|resque|rq|arq|django-rq|kue|exq|${ANY}asynq`,
    'REDIS|REDISCLOUD|UPSTASH_REDIS|VALKEY',
    'redis|valkey|redis-stack(?:-server)?',
  ),
  service('database', null, 'DATABASE|DB'),
  service('celery', 'celery|django-celery-.+', 'CELERY'),
  service(
    'memcached',
    `memcached|memjs|pymemcache|python-memcached|pylibmc|dalli|${ANY}gomemcache`,
    'MEMCACHED?|MEMCACHIER',
    'memcached',
  ),
  service(
    'postgres',
    `pg|pg-promise|postgres|postgresql|@neondatabase/serverless|psycopg2?(?:-binary)?|psycopg|asyncpg|pg8000|postgrex|tokio-postgres|${ANY}lib/pq|${ANY}pgx(?:/v\\d+)?|org\\.postgresql:postgresql|npgsql(?:\\..+)?|${ANY}r2dbc-postgresql`,
    'POSTGRES(?:QL)?|PG',
    'postgres|postgresql|postgis|timescaledb(?:-ha)?|pgvector',
  ),
  service(
    'mysql',
    `mysql2?|mariadb|pymysql|mysqlclient|mysql-connector-(?:python|java|j)|aiomysql|myxql|${ANY}go-sql-driver/mysql|${ANY}mysql-connector-(?:java|j)|mysqlconnector|trilogy`,
    'MYSQL|MARIADB',
    'mysql|mariadb|percona',
  ),
  service(
    'sqlite',
    'better-sqlite3|sqlite3|sqlite|libsql|@libsql/client|aiosqlite|rusqlite|exqlite|ecto_sqlite3|github\\.com/mattn/go-sqlite3|modernc\\.org/sqlite',
    'SQLITE',
  ),
  service(
    'sqlserver',
    `mssql|tedious|pyodbc|pymssql|tiny_tds|tds|${ANY}mssql-jdbc|${ANY}go-mssqldb|microsoft\\.data\\.sqlclient`,
    'MSSQL|SQLSERVER',
    'mssql/server|mssql-server.*|azure-sql-edge',
  ),
  service('oracle', `oracledb|cx-oracle|${ANY}ojdbc\\d+|${ANY}godror`, 'ORACLE'),
  service(
    'mongodb',
    `mongodb|mongoose|pymongo|motor|mongoengine|mongoid|mongo|mongodb_driver|${ANY}mongo-driver(?:/v\\d+)?|${ANY}mongodb-driver.*|${ANY}spring-boot-starter-data-mongodb|mongodb\\.driver|mongodb/mongodb`,
    'MONGO(?:DB)?',
    'mongo|mongodb.*',
  ),
  service(
    'elasticsearch',
    `@elastic/elasticsearch|@opensearch-project/opensearch|elasticsearch(?:-dsl|-py)?|opensearch-py|${ANY}go-elasticsearch(?:/v\\d+)?|${ANY}opensearch-go(?:/v\\d+)?|${ANY}elasticsearch-(?:java|rest-high-level-client)|nest|elastic\\.clients\\.elasticsearch|searchkick`,
    'ELASTIC(?:SEARCH)?|OPENSEARCH',
    'elasticsearch|opensearch',
  ),
  service(
    'cassandra',
    `cassandra-driver|scylla|${ANY}gocql|${ANY}java-driver-core|xandra`,
    'CASSANDRA|SCYLLA',
    'cassandra|scylla',
  ),
  service(
    'clickhouse',
    `@clickhouse/client|clickhouse|clickhouse-(?:connect|driver)|${ANY}clickhouse-go(?:/v\\d+)?|clickhouse-rs`,
    'CLICKHOUSE',
    'clickhouse(?:-server)?',
  ),
  service('neo4j', `neo4j-driver|neo4j|${ANY}neo4j-go-driver(?:/v\\d+)?`, 'NEO4J', 'neo4j'),
  service(
    'influxdb',
    `@influxdata/.+|influxdb(?:-client)?|${ANY}influxdb-client-go(?:/v\\d+)?`,
    'INFLUX(?:DB)?',
    'influxdb',
  ),
  service('snowflake', `snowflake-sdk|snowflake-connector-python|${ANY}gosnowflake`, 'SNOWFLAKE'),
  service(
    'kafka',
    `kafkajs|node-rdkafka|@confluentinc/.+|kafka-python(?:-ng)?|confluent-kafka|aiokafka|ruby-kafka|rdkafka(?:-ruby)?|brod|broadway_kafka|${ANY}sarama|${ANY}kafka-go|${ANY}confluent-kafka-go(?:/.+)?|${ANY}kafka-clients|${ANY}spring-kafka|confluent\\.kafka|franz-go`,
    'KAFKA|REDPANDA',
    '(?:cp-)?kafka|redpanda',
  ),
  service(
    'rabbitmq',
    `amqplib|amqp-connection-manager|rhea|pika|aio-pika|kombu|bunny|amqp|lapin|broadway_rabbitmq|${ANY}amqp091-go|${ANY}streadway/amqp|${ANY}spring-boot-starter-amqp|rabbitmq\\.client|masstransit\\.rabbitmq|php-amqplib/php-amqplib`,
    'RABBIT(?:MQ)?|AMQP|CLOUDAMQP',
    'rabbitmq',
  ),
  service('nats', `nats|@nats-io/.+|nats-py|async-nats|gnat|${ANY}nats\\.go`, 'NATS', 'nats'),
  service('mqtt', `mqtt|paho-mqtt|rumqttc|${ANY}paho\\.mqtt\\.golang`, 'MQTT', 'eclipse-mosquitto|emqx'),
  service('pulsar', `pulsar-client|${ANY}pulsar-client-go`, 'PULSAR', 'pulsar'),
  service('temporal', `@temporalio/.+|temporalio|${ANY}go\\.temporal\\.io/sdk`, 'TEMPORAL', 'auto-setup'),
  service(
    'stripe',
    `stripe|@stripe/.+|stripity_stripe|stripe/stripe-php|async-stripe|${ANY}stripe-go(?:/v\\d+)?|com\\.stripe:stripe-java|stripe\\.net`,
    'STRIPE',
  ),
  service('paypal', `@paypal/.+|paypal-rest-sdk|paypalrestsdk|paypal-checkout-sdk`, 'PAYPAL'),
  service('braintree', `braintree|${ANY}braintree-go`, 'BRAINTREE'),
  service('adyen', `@adyen/.+|adyen`, 'ADYEN'),
  service('plaid', `plaid|plaid-python`, 'PLAID'),
  service('square', `square|squareup`, 'SQUARE'),
  service(
    'twilio',
    `twilio|twilio-ruby|ex_twilio|twilio/sdk|${ANY}twilio-go|${ANY}com\\.twilio\\.sdk:twilio`,
    'TWILIO',
  ),
  service('sendgrid', `@sendgrid/.+|sendgrid|sendgrid-ruby|sendgrid/sendgrid|${ANY}sendgrid-go`, 'SENDGRID'),
  service('mailgun', `mailgun\\.js|mailgun-js|mailgun|mailgun-ruby|${ANY}mailgun-go(?:/v\\d+)?`, 'MAILGUN'),
  service('postmark', `postmark|postmarker`, 'POSTMARK'),
  service('resend', 'resend', 'RESEND'),
  service(
    'smtp',
    'nodemailer|aiosmtplib|lettre|swoosh|bamboo|phpmailer/phpmailer',
    'SMTP',
    'mailhog|mailpit|mailcatcher',
  ),
  service(
    'slack',
    `@slack/.+|slack-sdk|slack_sdk|slackclient|slack-bolt|slack-ruby-client|${ANY}slack-go/slack`,
    'SLACK',
  ),
  service('discord', `discord\\.js|discord\\.py|${ANY}discordgo`, 'DISCORD'),
  service(
    'openai',
    `openai|@azure/openai|@ai-sdk/openai|langchain-openai|ruby-openai|async-openai|${ANY}openai-go|${ANY}go-openai`,
    'OPENAI',
  ),
  service(
    'anthropic',
    `@anthropic-ai/.+|anthropic|@ai-sdk/anthropic|langchain-anthropic|${ANY}anthropic-sdk-go`,
    'ANTHROPIC',
  ),
  service('google-ai', '@google/generative-ai|@google/genai|google-generativeai|google-genai|@ai-sdk/google', 'GEMINI'),
  service('cohere', 'cohere-ai|cohere', 'COHERE'),
  service('pinecone', '@pinecone-database/.+|pinecone(?:-client)?', 'PINECONE'),
  service('qdrant', '@qdrant/.+|qdrant-client', 'QDRANT', 'qdrant'),
  service('weaviate', 'weaviate-(?:client|ts-client)', 'WEAVIATE', 'weaviate'),
  service(
    'sentry',
    `@sentry/.+|sentry-sdk|sentry-ruby|sentry-rails|sentry|sentry/sentry.*|${ANY}sentry-go|io\\.sentry:.+`,
    'SENTRY',
  ),
  service(
    'datadog',
    `dd-trace|datadog(?:-metrics)?|ddtrace|hot-shots|${ANY}dd-trace-go(?:\\..+)?|${ANY}datadog-go(?:/v\\d+)?`,
    'DD|DATADOG',
  ),
  service('newrelic', `newrelic|newrelic_rpm|${ANY}go-agent(?:/v\\d+)?`, 'NEW_RELIC|NEWRELIC'),
  service('bugsnag', '@bugsnag/.+|bugsnag', 'BUGSNAG'),
  service('rollbar', 'rollbar', 'ROLLBAR'),
  service('segment', '@segment/.+|analytics-node|segment-analytics-python|analytics-ruby', 'SEGMENT'),
  service('mixpanel', 'mixpanel(?:-browser)?', 'MIXPANEL'),
  service('posthog', 'posthog(?:-node|-js|-ruby)?', 'POSTHOG'),
  service('amplitude', '@amplitude/.+|amplitude-analytics', 'AMPLITUDE'),
  service('launchdarkly', `@launchdarkly/.+|launchdarkly-.+|${ANY}go-server-sdk(?:/v\\d+)?`, 'LAUNCHDARKLY|LD'),
  service('auth0', `auth0(?:-.+)?|@auth0/.+|express-openid-connect`, 'AUTH0'),
  service('okta', '@okta/.+|okta(?:-.+)?', 'OKTA'),
  service('clerk', '@clerk/.+|clerk-backend-api', 'CLERK'),
  service('supabase', '@supabase/.+|supabase', 'SUPABASE'),
  service(
    'firebase',
    `firebase(?:-admin|-functions)?|@firebase/.+|${ANY}firebase\\.google\\.com/go(?:/v\\d+)?`,
    'FIREBASE',
  ),
  service('algolia', `algoliasearch|algolia.*|@algolia/.+`, 'ALGOLIA'),
  service('meilisearch', 'meilisearch|meilisearch-python-sdk', 'MEILI(?:SEARCH)?', 'meilisearch'),
  service('typesense', 'typesense', 'TYPESENSE', 'typesense'),
  service('minio', `minio|${ANY}minio-go(?:/v\\d+)?`, 'MINIO', 'minio'),
  service('vault', `node-vault|hvac|vault|${ANY}hashicorp/vault/api`, 'VAULT', 'vault'),
  service('consul', `consul|python-consul|diplomat|${ANY}hashicorp/consul/api`, 'CONSUL', 'consul'),
  service('zookeeper', 'kazoo|node-zookeeper-client', 'ZOOKEEPER|ZK', '(?:cp-)?zookeeper'),
  service('etcd', `etcd3|${ANY}etcd/client/v3`, 'ETCD', 'etcd'),
  service('shopify', '@shopify/shopify-api|shopifyapi|shopify_api', 'SHOPIFY'),
  service('salesforce', 'jsforce|simple-salesforce|restforce', 'SALESFORCE|SFDC'),
  service('hubspot', '@hubspot/.+|hubspot-api-client', 'HUBSPOT'),
  service('zendesk', 'node-zendesk|zenpy|zendesk_api', 'ZENDESK'),
  service('intercom', 'intercom-client|intercom|python-intercom', 'INTERCOM'),
  service('cloudinary', 'cloudinary|cloudinary-core', 'CLOUDINARY'),
  service('pusher', `pusher(?:-js)?|${ANY}pusher-http-go(?:/v\\d+)?`, 'PUSHER'),
  service('ably', 'ably', 'ABLY'),
  service(
    'github',
    `@octokit/.+|octokit|pygithub|octocrab|${ANY}go-github(?:/v\\d+)?/github|${ANY}go-github(?:/v\\d+)?`,
    null,
  ),
  service('ldap', 'ldapjs|ldapts|python-ldap|ldap3|net-ldap', 'LDAP', 'openldap'),
  service('google-maps', '@googlemaps/.+|googlemaps', 'GOOGLE_MAPS'),
  service('couchdb', 'nano|couchdb', 'COUCHDB', 'couchdb'),
  service('couchbase', 'couchbase', 'COUCHBASE', 'couchbase(?:/server)?'),
  service('arangodb', 'arangojs|python-arango', 'ARANGO(?:DB)?', 'arangodb'),
  service('surrealdb', 'surrealdb(?:\\.js)?', 'SURREAL(?:DB)?', 'surrealdb'),
  service('cockroachdb', null, 'COCKROACH(?:DB)?', 'cockroach'),
  service('yugabytedb', null, 'YUGABYTE(?:DB)?', 'yugabyte'),
  service('questdb', 'questdb', 'QUESTDB', 'questdb'),
  service('solr', 'solr-client|pysolr|rsolr', 'SOLR', 'solr'),
  service('chroma', 'chromadb(?:-client)?', 'CHROMA(?:DB)?', 'chroma'),
  service('milvus', 'pymilvus|@zilliz/milvus2-sdk-node', 'MILVUS', 'milvus'),
  service('ollama', 'ollama(?:-js)?|ollama-ai-provider', 'OLLAMA', 'ollama'),
  service('keycloak', 'keycloak-(?:js|connect|admin)|python-keycloak|@keycloak/.+', 'KEYCLOAK', 'keycloak'),
  service('unleash', 'unleash-(?:client|proxy-client)|unleashclient', 'UNLEASH', 'unleash-server'),
  service('prometheus', null, null, 'prometheus|pushgateway|alertmanager|victoria-metrics'),
  service('grafana', null, 'GRAFANA', 'grafana'),
  service('jaeger', 'jaeger-client', 'JAEGER', 'jaegertracing/all-in-one|jaeger'),
  service(
    'opentelemetry',
    '@opentelemetry/exporter-.+|opentelemetry-exporter-.+',
    'OTEL',
    'opentelemetry-collector(?:-contrib)?',
  ),
  service('mapbox', null, 'MAPBOX'),
  service('telegram', null, 'TELEGRAM'),
  service('contentful', null, 'CONTENTFUL'),
  service('elevenlabs', null, 'ELEVENLABS'),
  service('mistralai', null, 'MISTRAL'),
  service('huggingface', '@huggingface/.+|huggingface-hub', 'HF|HUGGING_?FACE'),
  service('replicate', 'replicate', 'REPLICATE'),
  service('honeycomb', 'libhoney|@honeycombio/.+', 'HONEYCOMB'),
  service('pagerduty', 'pdpyras|@pagerduty/.+|pagerduty', 'PAGERDUTY'),
  service('workos', '@workos-inc/.+|workos', 'WORKOS'),
  service('aws', null, null, 'localstack(?:-pro)?'),
  service('aws:dynamodb', null, null, 'dynamodb-local'),
  service('aws:sqs', null, null, 'elasticmq(?:-native)?'),
  service('azure:storage-blob', null, 'AZURE_STORAGE', 'azurite'),
];

/** Cloud packages name their service: `@aws-sdk/client-sqs` is aws:sqs, `google-cloud-pubsub` is gcp:pubsub. */
const CLOUD: readonly (readonly [RegExp, string])[] = [
  [/^@aws-sdk\/(?:client|lib)-([\w-]+)$/, 'aws'],
  [/^aws-sdk-(?!core$|go)([\w-]+)$/, 'aws'],
  [/^(?:github\.com\/)?aws\/aws-sdk-go-v2\/service\/([\w-]+)$/, 'aws'],
  [/^software\.amazon\.awssdk:([\w-]+)$/, 'aws'],
  [/^awssdk\.([\w]+)$/, 'aws'],
  [/^@google-cloud\/([\w-]+)$/, 'gcp'],
  [/^google-cloud-([\w-]+)$/, 'gcp'],
  [/^cloud\.google\.com\/go\/([\w-]+)$/, 'gcp'],
  [/^com\.google\.cloud:google-cloud-([\w-]+)$/, 'gcp'],
  [/^@azure\/([\w-]+)$/, 'azure'],
  [/^azure-([\w-]+)$/, 'azure'],
  [/^azure\.([\w.]+)$/, 'azure'],
];

const CLOUD_GENERIC: readonly (readonly [RegExp, string])[] = [
  [/^(?:aws-sdk|boto3|aiobotocore|aioboto3|ex_aws|aws\/aws-sdk-php|(?:github\.com\/)?aws\/aws-sdk-go)$/, 'aws'],
];

/** Parts of a cloud's kit that reach no service of their own. */
const CLOUD_PLUMBING =
  /^(?:core|config|credential|credentials|credential-providers|util|utils|identity|logger|logging|common|types|storage-common|core-.+|crt|runtime|auth|sts|cognito-identity|dynamodb-util)$/;

/** The service that a dependency talks to, or null for a library that talks to none we know. */
export function serviceOfPackage(name: string): string | null {
  const lower = name.toLowerCase();
  for (const [pattern, cloud] of CLOUD) {
    const found = pattern.exec(lower)?.[1];
    if (found !== undefined) return CLOUD_PLUMBING.test(found) ? null : `${cloud}:${found}`;
  }
  for (const [pattern, cloud] of CLOUD_GENERIC) if (pattern.test(lower)) return cloud;
  return KNOWN_SERVICES.find((known) => known.packages?.test(lower))?.id ?? serviceInName(lower);
}

/** Names so much their own that any package which carries one talks to it. */
const OWN_NAMES =
  /(?<![a-z0-9])(redis|kafka|rabbitmq|mongodb|elasticsearch|opensearch|cassandra|clickhouse|neo4j|influxdb|snowflake|memcached|mqtt|stripe|paypal|braintree|adyen|twilio|sendgrid|mailgun|postmark|mailchimp|mailjet|sentry|datadog|newrelic|bugsnag|rollbar|mixpanel|posthog|launchdarkly|auth0|okta|supabase|firebase|algolia|meilisearch|typesense|minio|openai|anthropic|pinecone|qdrant|weaviate|telegram|zendesk|hubspot|salesforce|shopify|cloudinary|contentful|plaid|bigquery|cosmosdb|mistralai|elevenlabs|deepgram|mapbox|klaviyo|pubnub|razorpay|onesignal|logrocket|honeybadger|airbrake|sparkpost|vonage|nexmo|backblaze|dropbox|docusign|xero|quickbooks)(?:s|js|php|py|rb|ruby|python|node|sdk|client)?(?![a-z0-9])/;
/** Packages around a service that do not talk to it. */
const AROUND =
  /(?<![a-z])(?:mocks?|fakes?|stubs?|tests?|testing|testcontainers|types|typings|memory-server|eslint|instrumentation|icons?|lint|parser|grammar|prism|codemirror|theme|docs)(?![a-z])/;

function serviceInName(name: string): string | null {
  return AROUND.test(name) ? null : (OWN_NAMES.exec(name)?.[1] ?? null);
}

const ENV_NAME =
  /^([A-Z][A-Z0-9_]*?)_(?:(?:[A-Z0-9]+_)*)(?:URL|URI|HOSTS?|HOSTNAME|DSN|BROKERS?|SERVERS?|ENDPOINT|ADDR(?:ESS)?|API_KEY|SECRET_KEY|ACCESS_KEY|ACCESS_TOKEN|TOKEN|ACCOUNT_SID|API_TOKEN|CONNECTION_STRING|BUCKET|QUEUE(?:_URL)?|TOPIC|DATASET|DOMAIN|SUBDOMAIN|APP_ID|CLIENT_ID|PROJECT_ID|MERCHANT_ID|SPACE_ID|ACCOUNT|PORT|PASSWORD|KEY|WEBHOOK|WEBHOOK_URL|WEBHOOK_SECRET)$/;

/** The service that an environment variable configures, or null. */
export function serviceOfEnv(name: string): string | null {
  if (!ENV_NAME.test(name)) return null;
  const words = name.split('_');
  for (let count = Math.min(2, words.length - 1); count >= 1; count -= 1) {
    const start = words.slice(0, count).join('_');
    const found = KNOWN_SERVICES.find((known) => known.env?.test(start));
    if (found !== undefined) return found.id;
  }
  const cloud = /^(?:AWS_)?(SQS|SNS|S3|DYNAMODB|KINESIS|LAMBDA|SES|EVENTBRIDGE)_/.exec(name)?.[1];
  if (cloud !== undefined) return `aws:${cloud.toLowerCase()}`;
  const google = /^(?:GCP_|GOOGLE_)?(PUBSUB|BIGQUERY|FIRESTORE|SPANNER|BIGTABLE)_/.exec(name)?.[1];
  return google === undefined ? null : `gcp:${google.toLowerCase()}`;
}

/** The service behind a container image such as `docker.io/library/redis:7-alpine`. */
export function serviceOfImage(image: string): string | null {
  const path = (image.split('@', 1)[0] ?? '')
    .replace(/:[\w.-]+$/, '')
    .toLowerCase()
    .split('/');
  // `mssql/server` says nothing by its last part alone.
  const names = [path.slice(-1).join('/'), path.slice(-2).join('/')];
  return KNOWN_SERVICES.find(({ image: known }) => names.some((name) => known?.test(name)))?.id ?? null;
}

import { serviceOfPackage } from './known-services.ts';

/** Where a setting names what it connects to. `group` is the word that names it. */
const CONNECTION =
  /(["'`=:\s(])(rediss?|valkeys?|postgres(?:ql)?(?:\+\w+)?|mysql(?:2|\+\w+)?|mariadb(?:\+\w+)?|mongodb(?:\+srv)?|amqps?|nats|kafka|mqtts?|memcached?|neo4j(?:\+s)?|bolt(?:\+s)?|clickhouse(?:\+\w+)?|cassandra|couchbases?|sqlserver|mssql(?:\+\w+)?|oracle(?:\+\w+)?|smtps?|ldaps?|influxdb|snowflake|bigquery|elasticsearch|pulsar|gs|s3|jdbc:\w+|r2dbc:\w+):\/\/(?=[\w$%{<*:@/.[-])/gi;
const JDBC = /\bjdbc:(postgresql|mysql|mariadb|sqlserver|oracle|clickhouse|db2|snowflake|redshift)\b/g;

const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:rediss?|valkeys?)$/, 'redis'],
  [/^postgres|:postgresql$/, 'postgres'],
  [/^(?:mysql|mariadb)|:(?:mysql|mariadb)$/, 'mysql'],
  [/^mongodb/, 'mongodb'],
  [/^amqps?$/, 'rabbitmq'],
  [/^nats$/, 'nats'],
  [/^kafka$/, 'kafka'],
  [/^mqtts?$/, 'mqtt'],
  [/^memcached?$/, 'memcached'],
  [/^(?:neo4j|bolt)/, 'neo4j'],
  [/^clickhouse|:clickhouse$/, 'clickhouse'],
  [/^cassandra$/, 'cassandra'],
  [/^couchbase/, 'couchbase'],
  [/^(?:sqlserver|mssql)|:sqlserver$/, 'sqlserver'],
  [/^oracle|:oracle$/, 'oracle'],
  [/^smtps?$/, 'smtp'],
  [/^ldaps?$/, 'ldap'],
  [/^influxdb$/, 'influxdb'],
  [/snowflake$/, 'snowflake'],
  [/^bigquery$/, 'gcp:bigquery'],
  [/^elasticsearch$/, 'elasticsearch'],
  [/^pulsar$/, 'pulsar'],
  [/^gs$/, 'gcp:storage'],
  [/^s3$/, 'aws:s3'],
  [/:redshift$/, 'aws:redshift'],
  [/:db2$/, 'db2'],
];

/** Frameworks that name their backend by a word: in which files, and how. */
const CHOSEN: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^py$/,
    /django\.(?:db\.backends|core\.cache\.backends|contrib\.gis\.db\.backends)\.(postgresql|postgis|mysql|oracle|redis|memcached)/g,
  ],
  [/^rb$/, /\bcache_store\s*(?:=|,)\s*:(redis|mem_cache)\w*/g],
  [/^rb$/, /\bqueue_adapter\s*=\s*:(sidekiq|resque)\b/g],
  [/^ya?ml$/, /^[ \t]*adapter:[ \t]*["']?(postgresql|mysql2?|trilogy|sqlserver)\b/gm],
  [/^prisma$/, /^[ \t]*provider[ \t]*=[ \t]*"(postgresql|mysql|mongodb|sqlserver|cockroachdb)"/gm],
  [
    /^(?:[cm]?[jt]s|json)$/,
    /\b(?:dialect|client|type)["']?\s*[:=]\s*["'](postgres(?:ql)?|pg|mysql2?|mariadb|mssql|mongodb|oracledb)["']/g,
  ],
  [
    /^(?:properties|ya?ml)$/,
    /^[ \t]*(?:spring\.)?(?:data\.)?(redis|rabbitmq|kafka|mongodb|cassandra|elasticsearch|neo4j|couchbase|pulsar)\.(?:host|port|uri|url|bootstrap-servers|addresses|contact-points|cluster|username)/gm,
  ],
  // A registry that Spring's services find each other by.
  [/^(?:properties|ya?ml)$/, /^(eureka)(?::[ \t]*\n[ \t]+client:|\.client\.service-?url)/gim],
  [
    /^(?:php|env|example|)$/,
    /\b(?:CACHE_DRIVER|CACHE_STORE|QUEUE_CONNECTION|SESSION_DRIVER|BROADCAST_DRIVER|MAIL_MAILER|DB_CONNECTION)["']?\s*[=,][ \t]*["']?(redis|memcached|sqs|beanstalkd|pusher|ably|mailgun|postmark|ses|smtp|pgsql|mysql|sqlsrv|resend)\b/g,
  ],
  [/^exs?$/, /Ecto\.Adapters\.(Postgres|MyXQL|Tds)\b/g],
  [/^exs?$/, /(?:Swoosh|Bamboo)\.(?:Adapters\.)?(Mailgun|Sendgrid|Postmark|SMTP|AmazonSES|Mailjet|Brevo)\w*/g],
];

const WORDS: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  postgis: 'postgres',
  pgsql: 'postgres',
  pg: 'postgres',
  mem_cache: 'memcached',
  mysql2: 'mysql',
  mariadb: 'mysql',
  trilogy: 'mysql',
  myxql: 'mysql',
  mssql: 'sqlserver',
  sqlsrv: 'sqlserver',
  tds: 'sqlserver',
  oracledb: 'oracle',
  sidekiq: 'redis',
  resque: 'redis',
  sqs: 'aws:sqs',
  ses: 'aws:ses',
  amazonses: 'aws:ses',
};

/** A connection string or a framework's setting that names what it connects to. */
export function findSettings(extension: string, code: string): { service: string; index: number; rule: string }[] {
  const found: { service: string; index: number; rule: string }[] = [];
  if (code.includes('://')) {
    for (const match of code.matchAll(CONNECTION)) {
      const scheme = (match[2] ?? '').toLowerCase();
      const service = SCHEMES.find(([pattern]) => pattern.test(scheme))?.[1];
      if (service !== undefined) found.push({ service, index: match.index + 1, rule: 'connection_string' });
    }
  }
  if (code.includes('jdbc:')) {
    for (const match of code.matchAll(JDBC)) {
      const service = SCHEMES.find(([pattern]) => pattern.test(`:${match[1] ?? ''}`))?.[1];
      if (service !== undefined) found.push({ service, index: match.index, rule: 'connection_string' });
    }
  }
  for (const [files, pattern] of CHOSEN) {
    if (!files.test(extension)) continue;
    for (const match of code.matchAll(pattern)) {
      const word = (match[1] ?? '').toLowerCase();
      const service = WORDS[word] ?? serviceOfPackage(word) ?? word;
      found.push({ service, index: match.index, rule: 'configured_backend' });
    }
  }
  return found;
}

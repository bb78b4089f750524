import { serviceInName } from './service-brands.ts';

const RESOURCE = /^resource[ \t]+"([a-z0-9]+)_([a-z0-9_]+)"/gm;
const CLOUDS: Readonly<Record<string, string>> = { aws: 'aws', google: 'gcp', azurerm: 'azure' };
/** What a cloud offers to programs. Networks, roles and machines are the ground they stand on. */
const OFFERED =
  /^(?:sqs|sns|s3|dynamodb|kinesis|elasticache|rds|db|redshift|redshiftserverless|msk|mq|opensearch|opensearchserverless|elasticsearch|eventbridge|cloudwatch_event|scheduler|sesv2|ses|pinpoint|sfn|lambda|api_gateway|apigatewayv2|appsync|cloudfront|secretsmanager|ssm_parameter|athena|glue|efs|fsx|ecs|eks|ecr|batch|bedrock|sagemaker|transfer|memorydb|docdb|neptune|timestream|keyspaces|cognito|amplify|apprunner|codecommit|pubsub|sql|bigquery|spanner|bigtable|redis|memorystore|memcache|firestore|storage|cloud_run|cloudfunctions|cloudfunctions2|cloud_tasks|cloud_scheduler|secret_manager|artifact_registry|container_cluster|alloydb|dataflow|dataproc|vertex_ai|workflows|servicebus|eventhub|eventgrid|cosmosdb|redis_cache|managed_redis|postgresql|mysql|mssql|mariadb|storage_account|key_vault|search_service|cognitive|container_registry|container_app|kubernetes_cluster|function_app|linux_function_app|signalr|cdn|frontdoor|app_configuration|application_insights)(?:_|$)/;
const OTHERS: Readonly<Record<string, string>> = {
  mongodbatlas: 'mongodb',
  confluent: 'kafka',
  grafana: 'grafana',
  vault: 'vault',
  rediscloud: 'redis',
  upstash: 'upstash',
  neon: 'neon',
  vercel: 'vercel',
  ec: 'elasticsearch',
};

/** What runs within a cloud's service, in its own words, and where it need not be said. */
const ENGINE = /^[ \t]*engine[ \t]*=[ \t]*"([a-z-]+)"/gim;
const REPLICATED = /^resource[ \t]+"aws_elasticache_replication_group"/gm;
const ENGINES: readonly (readonly [RegExp, string])[] = [
  [/^(?:redis|valkey)$/, 'redis'],
  [/^memcached$/, 'memcached'],
  [/postgres/, 'postgres'],
  [/mysql|mariadb/, 'mysql'],
  [/^oracle/, 'oracle'],
  [/^sqlserver/, 'sqlserver'],
  [/^docdb$/, 'mongodb'],
];

/** Services that Terraform's resources bring into being. */
export function findTerraform(code: string): { service: string; index: number }[] {
  const found: { service: string; index: number }[] = [];
  for (const match of code.matchAll(RESOURCE)) {
    const [, provider = '', rest = ''] = match;
    const cloud = CLOUDS[provider];
    const kind = cloud === undefined ? undefined : OFFERED.exec(rest)?.[0].replace(/_$/, '');
    const service = kind === undefined ? (OTHERS[provider] ?? serviceInName(provider)) : `${cloud}:${kind}`;
    if (cloud === undefined || kind !== undefined) if (service !== null) found.push({ service, index: match.index });
  }
  for (const match of code.matchAll(REPLICATED)) found.push({ service: 'redis', index: match.index });
  for (const match of code.matchAll(ENGINE)) {
    const service = ENGINES.find(([pattern]) => pattern.test((match[1] ?? '').toLowerCase()))?.[1];
    if (service !== undefined) found.push({ service, index: match.index });
  }
  return found;
}

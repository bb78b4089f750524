/** Cloud packages name their service: `@aws-sdk/client-sqs` is aws:sqs, `google-cloud-pubsub` is gcp:pubsub. */
const CLOUD: readonly (readonly [RegExp, string])[] = [
  [/^@aws-sdk\/(?:client|lib)-([\w-]+)$/, 'aws'],
  [/^aws-sdk-(?!core$|go)([\w-]+)$/, 'aws'],
  [/^(?:github\.com\/)?aws\/aws-sdk-go-v2\/service\/([\w-]+)/, 'aws'],
  [/^software\.amazon\.awssdk(?::|\.services\.)([\w-]+)/, 'aws'],
  [/^com\.amazonaws:aws-java-sdk-([\w-]+)$/, 'aws'],
  [/^io\.awspring\.cloud:spring-cloud-aws-(?:starter-)?([\w-]+)$/, 'aws'],
  [/^(?:awssdk|amazon)\.([\w]+)$/, 'aws'],
  [/^@google-cloud\/([\w-]+)$/, 'gcp'],
  [/^google-cloud-([\w-]+)$/, 'gcp'],
  [/^cloud\.google\.com\/go\/([\w-]+)/, 'gcp'],
  [/^google\/cloud-([\w-]+)$/, 'gcp'],
  [/^google\.cloud\.([\w]+)/, 'gcp'],
  [/^com\.google\.cloud:(?:google-cloud-|spring-cloud-gcp-(?:starter-)?)([\w-]+)$/, 'gcp'],
  [/^@azure\/([\w-]+)$/, 'azure'],
  [/^azure-([\w-]+)$/, 'azure'],
  [/^com\.azure(?:\.spring)?:(?:azure-|spring-cloud-azure-(?:starter-)?)([\w-]+)$/, 'azure'],
  [/^github\.com\/azure\/azure-sdk-for-go\/sdk\/(?:[\w]+\/)*([\w-]+)$/, 'azure'],
  [/^azure\.extensions\..*\.(blobs|keys|secrets)$/, 'azure'],
  [/^azure\.([\w.]+)$/, 'azure'],
  [
    /^microsoft\.azure\.(?!functions|webjobs|durabletask|core|appservices?|services\.appauthentication|.*\.core$)([\w.]+)$/,
    'azure',
  ],
];

const CLOUD_GENERIC: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:aws-sdk|boto3?|aiobotocore|aioboto3|ex_aws|aws\/aws-sdk-php|aws-sdk-php-laravel|multer-s3|s3fs|shrine-s3|league\/flysystem-aws-s3-v3|(?:github\.com\/)?aws\/aws-sdk-go|com\.amazonaws:aws-java-sdk|aws-config|aws-amplify|@aws-amplify\/.+|fog-aws|awssdk\.core|ex_aws_\w+)$/,
    'aws',
  ],
];

/** Parts of a cloud's kit that reach no service of their own. */
const CLOUD_PLUMBING =
  /^(?:gax|core|config|[\w-]+-common|credential|credentials|credential-providers|util|utils|identity|azidentity|azcore|logger|logging-winston-types|common|types|storage-common|core[-.].+|crt|runtime|auth|sts|cognito-identity|dynamodb-util|abort-controller|functions|bom|dependencies|parent|resources|cli|mgmt-core|paginator|promisify|projectify|precise-date|functions-framework|compute\/metadata|extensions.*|ms-rest-.+|openapi.*)$/;

/** No name without one of these is of a cloud: most are done with here. */
const CLOUD_WORD = /aws|azure|google|cloud|amazon|boto|s3/;

/** The cloud service that a package talks to; null for its plumbing, undefined for a package of no cloud. */
export function cloudServiceOf(name: string): string | null | undefined {
  if (!CLOUD_WORD.test(name)) return undefined;
  if (name.startsWith('@azure/msal-')) return 'entra';
  for (const [pattern, cloud] of CLOUD) {
    const found = pattern.exec(name)?.[1];
    if (found === 'functions' && cloud === 'gcp') return 'gcp:functions';
    if (found !== undefined) return CLOUD_PLUMBING.test(found) ? null : `${cloud}:${found}`;
  }
  for (const [pattern, cloud] of CLOUD_GENERIC) if (pattern.test(name)) return cloud;
  return undefined;
}

const AWS_HOST =
  /^(?:.+\.)?(sqs|sns|s3|dynamodb|kinesis|lambda|ses|email|execute-api|secretsmanager|bedrock-runtime|rds|es)(?:[.-][\w-]+)*\.amazonaws\.com$/;
const GOOGLE_HOST = /^(\w+)\.googleapis\.com$/;
const AZURE_HOST =
  /\.(blob|queue|table|servicebus|documents|vault|openai|search|database|redis\.cache)\.(?:core\.windows\.net|windows\.net|azure\.com|azure\.net)$/;

/** The cloud service behind a host, or null. */
export function cloudServiceOfHost(host: string): string | null {
  const aws = AWS_HOST.exec(host)?.[1];
  if (aws !== undefined) return `aws:${aws}`;
  const google = GOOGLE_HOST.exec(host)?.[1];
  if (google !== undefined && !/^(?:www|fonts|ajax|maps|oauth2)$/.test(google)) return `gcp:${google}`;
  const azure = AZURE_HOST.exec(host)?.[1];
  return azure === undefined ? null : `azure:${azure}`;
}

/** What several packages and settings call otherwise. */
const SAME: Readonly<Record<string, string>> = {
  'aws:storage': 'aws:s3',
  'aws:email': 'aws:ses',
  'aws:sesv2': 'aws:ses',
};

/** One name for a service of a cloud, whoever names it: `aws:secrets-manager` and `aws:secretsmanager`. */
export function oneName(service: string): string {
  if (!/^(?:aws|gcp|azure):/.test(service)) return service;
  const name = service.replace(/[-_]/g, '');
  return SAME[name] ?? name;
}

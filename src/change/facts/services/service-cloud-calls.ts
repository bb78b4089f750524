/**
 * One kit for a whole cloud says nothing of which of its services a program asks; where it makes a client does:
 * `boto3.client("sqs")`, `new AWS.SQS()`, `Aws::S3::Client`, `Aws\\S3\\S3Client`, `aws-sdk-go/service/sqs`.
 */
const CALLS: readonly (readonly [RegExp, RegExp])[] = [
  [/^py$/, /\.(?:client|resource)\([ \t\n]*(?:service_name[ \t]*=[ \t]*)?["']([a-z][a-z0-9-]{1,40})["']/g],
  [/^(?:[cm]?[jt]sx?)$/, /\bnew[ \t]+(?:AWS|aws)\.([A-Z][A-Za-z0-9]{1,40})(?:\.\w{1,40})?\(/g],
  [/^(?:rb|rake)$/, /\bAws::([A-Z][A-Za-z0-9]{1,40})::(?:Client|Resource|Bucket|Object|Queue|Topic|Encryption)/g],
  [/^php$/, /\bAws\\([A-Z][A-Za-z0-9]{1,40})\\\w{1,40}Client\b/g],
  [/^go$/, /"github\.com\/aws\/aws-sdk-go\/service\/([a-z0-9]{2,40})(?:\/\w{1,40})?"/g],
];
/** What such a program has beside clients. */
const NO_SERVICE =
  /^(?:sts|config|credentials|\w*credentials|credentialproviderchain|endpoint|httprequest|httpresponse|service|request|response|util|iam)$/;

/** Services of a cloud that a file makes a client of. */
export function findCloudCalls(extension: string, code: string): { service: string; index: number }[] {
  if (!/aws|boto/i.test(code)) return [];
  const pattern = CALLS.find(([files]) => files.test(extension))?.[1];
  if (pattern === undefined) return [];
  return [...code.matchAll(pattern)]
    .map((match) => ({ name: (match[1] ?? '').toLowerCase(), index: match.index }))
    .filter(({ name }) => !NO_SERVICE.test(name))
    .map(({ name, index }) => ({ service: `aws:${name}`, index }));
}

/** Descriptions of infrastructure that no name or place gives away, by what stands in them. */

/** What only a description for a cluster, a cloud or a host begins a line with. */
const IN_SETTINGS: readonly (readonly [first: RegExp, also: RegExp | null])[] = [
  [/^apiVersion:[ \t]*["']?(?:v1|[\w.-]{1,80}\/v\d\w*)["']?[ \t]*$/m, /^kind:[ \t]*["']?[A-Z]\w+/m],
  [/^AWSTemplateFormatVersion:|^Transform:[ \t]*["']?AWS::/m, null],
  [/^[ \t]*-?[ \t]*hosts:[ \t]*\S/m, /^[ \t]+(?:tasks|roles|become):/m],
];
/** The same two words describe parts of a program in catalogues of services. */
const CATALOGUE = /^apiVersion:[ \t]*["']?(?:backstage\.io|scaffolder\.)/m;

/** Kits in which infrastructure is written as a program. */
const AS_CODE =
  /(?:\bfrom[ \t]+["']|\brequire\(["']|^import[ \t]+["'])(?:aws-cdk-lib|@aws-cdk\/|@pulumi\/|cdktf|cdk8s|sst)(?:["'/]|[\w-])|^(?:from|import)[ \t]+(?:aws_cdk|pulumi|cdktf|cdk8s|troposphere)(?:[_.\w]*)\b|"github\.com\/(?:aws\/aws-cdk-go|pulumi\/pulumi)|\bimport[ \t]+(?:software\.amazon\.awscdk|com\.pulumi)\./m;

const SETTINGS = /\.ya?ml$/i;
const CODE = /\.(?:[cm]?[jt]s|py|go|java|kt|cs)$/;
/** Such words stand near the top. */
const FIRST_CHARS = 20_000;

/** Whether a text may say by itself that it is machinery: others need not be read. */
export function mayDescribeInfra(path: string): boolean {
  return SETTINGS.test(path) || CODE.test(path);
}

export function describesInfra(path: string, text: string): boolean {
  const top = text.slice(0, FIRST_CHARS);
  if (CODE.test(path)) return AS_CODE.test(top);
  return (
    SETTINGS.test(path) &&
    !CATALOGUE.test(top) &&
    IN_SETTINGS.some(([first, also]) => first.test(top) && (also === null || also.test(top)))
  );
}

import { makeLineCounter } from '../compare-items.ts';
import { extensionOf, isLockFile } from '../file-kind.ts';
import { isManifest } from '../manifests.ts';
import { serviceOfImage, servicesOfVariable } from './known-services.ts';
import { findCloudCalls } from './service-cloud-calls.ts';
import { CODE_WITH_HOSTS, findHosts } from './service-hosts.ts';
import { findImports } from './service-imports.ts';
import { findAddressesWithKeys, findReadSettings } from './service-keys.ts';
import { findNamedSettings } from './service-named-settings.ts';
import { findSettings } from './service-settings.ts';
import { findTerraform } from './service-terraform.ts';

/** Something in a file that shows the use of a service or an outside host. */
export interface ServiceSign {
  /** `redis`, `aws:sqs`, or `host:api.example.com`. */
  readonly service: string;
  readonly line: number;
  readonly rule: string;
}

const ENV_USE =
  /(?:\bprocess\.env(?:\.|\[["'`])|\bimport\.meta\.env\.|\bos\.(?:environ(?:\.get\(|\[)|getenv\(|Getenv\(|LookupEnv\()\s*["']|\bENV(?:\.fetch\(|\[)\s*["']|\bSystem\.(?:getenv|get_env|fetch_env!?)\(\s*["']|\benv(?:::var)?\(\s*["']|\bgetenv\(\s*["'])([A-Z][A-Z0-9_]{2,80})/g;
const ENV_LINE = /^[ \t]*(?:export[ \t]+|-[ \t]+)?([A-Z][A-Z0-9_]{2,80})[ \t]*[=:]/gm;
/** `${REDIS_HOST:localhost}` of a settings file. */
const PLACEHOLDER = /\$\{([A-Z][A-Z0-9_]{2,80})[:}]/g;
const IMAGE = /^[ \t]*(?:-[ \t]+)?image:[ \t]*["']?([\w./:@-]{2,200})/gm;
/** Google's emulators come in one image; the command says of which. */
const EMULATOR = /\bemulators[\s"',[\]]+(pubsub|firestore|datastore|bigtable|spanner)\b/g;
/** A base image that is itself a service, the chart that a chart brings along, and the image that values name. */
const FROM = /^FROM[ \t]+(?:--platform=\S+[ \t]+)?([\w./:@-]{2,200})/gim;
const CHART = /^[ \t]*-?[ \t]*name:[ \t]*["']?([a-z][\w-]{1,60})/gm;
const REPOSITORY = /^[ \t]*repository:[ \t]*["']?([\w.-]+(?:\/[\w.-]+)*)["']?[ \t]*$/gm;
const CONFIGURES = /(?:\.(?:prisma|env[\w.-]*)|(?:^|\/)\.env[\w.-]*)$/;

/** Clients that come with the language: no manifest names them. */
const STANDARD_CLIENT: readonly (readonly [RegExp, string])[] = [
  [/^(?:import|from)[ \t]+smtplib\b/gm, 'smtp'],
  [/^(?:import|from)[ \t]+ftplib\b/gm, 'ftp'],
  [/^[ \t]*(?:import[ \t]+)?"net\/smtp"/gm, 'smtp'],
  [/^require[ (]+["']net\/smtp["']/gm, 'smtp'],
];

/** Every sign of a service in a file's code (comments already gone). Dependencies are read apart, from manifests. */
export function findServiceSigns(path: string, code: string): ServiceSign[] {
  const lineAt = makeLineCounter(code);
  const signs: ServiceSign[] = [];
  const add = (service: string | null, index: number, rule: string) => {
    if (service !== null) signs.push({ service, line: lineAt(index), rule });
  };
  const extension = extensionOf(path);
  const addVariable = (name: string, index: number) => {
    for (const service of servicesOfVariable(name)) add(service, index, 'environment_name');
  };
  for (const match of code.matchAll(ENV_USE)) addVariable(match[1] ?? '', match.index);
  if (/(?:^|\/)\.env[\w.-]*$/.test(path) || /^(?:ya?ml|env|properties)$/.test(extension)) {
    for (const match of code.matchAll(ENV_LINE)) addVariable(match[1] ?? '', match.index + match[0].search(/\S/));
  }
  if (/^(?:py|go|rb)$/.test(extension)) {
    for (const [pattern, id] of STANDARD_CLIENT)
      for (const match of code.matchAll(pattern)) add(id, match.index, 'standard_client');
  }
  for (const { name, index } of findReadSettings(code)) addVariable(name, index);
  if (/^(?:ya?ml|properties|conf|toml)$/.test(extension))
    for (const match of code.matchAll(PLACEHOLDER)) addVariable(match[1] ?? '', match.index);
  if (!isManifest(path) && !isLockFile(path))
    for (const { service, index } of findNamedSettings(extension, code)) add(service, index, 'named_setting');
  for (const { service, index } of findAddressesWithKeys(code)) add(service, index, 'environment_name');
  if (/^ya?ml$/.test(extension)) {
    for (const match of code.matchAll(IMAGE)) add(serviceOfImage(match[1] ?? ''), match.index, 'container_image');
    for (const match of code.matchAll(EMULATOR)) add(`gcp:${match[1] ?? ''}`, match.index, 'emulator');
  }
  if (/^ya?ml$/.test(extension)) {
    for (const match of code.matchAll(REPOSITORY)) add(serviceOfImage(match[1] ?? ''), match.index, 'container_image');
    if (/(?:^|\/)(?:Chart|requirements)\.ya?ml$/.test(path)) {
      const after = code.indexOf('dependencies:');
      if (after >= 0 || extension !== 'yaml')
        for (const match of code.matchAll(CHART))
          if (match.index > after) add(serviceOfImage(match[1] ?? ''), match.index, 'chart');
    }
  }
  if (/(?:^|\/|\.)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$/i.test(path))
    for (const match of code.matchAll(FROM)) add(serviceOfImage(match[1] ?? ''), match.index, 'container_image');
  if (/^(?:tf|tofu)$/.test(extension))
    for (const { service, index } of findTerraform(code)) add(service, index, 'terraform_resource');
  for (const { service, index } of findImports(extension, code)) add(service, index, 'import');
  if (CODE_WITH_HOSTS.test(extension) || CONFIGURES.test(path))
    for (const { service, index, rule } of findSettings(extension, code)) add(service, index, rule);
  for (const { service, index } of findCloudCalls(extension, code)) add(service, index, 'cloud_call');
  if (CODE_WITH_HOSTS.test(extension) && !isManifest(path))
    for (const { service, index } of findHosts(extension, code)) add(service, index, 'external_host');
  return signs;
}

import { cloudServiceOf } from './cloud-services.ts';
import { serviceOfPackage } from './known-services.ts';

const SCRIPT =
  /(?:\bfrom[ \t]*|\bimport[ \t]*\(?[ \t]*|\brequire[ \t]*\([ \t]*)["']((?:@[a-z0-9][\w.-]*\/)?[a-z][\w.-]*)(?:\/[\w./-]+)?["']/g;
const PYTHON = /^[ \t]*(?:from[ \t]+([A-Za-z][\w.]*)[ \t]+import\b[ \t(]*(\w*)|import[ \t]+([A-Za-z][\w.]*))/gm;
const RUBY = /^[ \t]*require[ (]+["']([a-z][\w-]*)(?:\/[\w/-]+)?["']/gm;
const GO = /^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?"((?:[\w-]+\.)+[a-z]{2,}\/[\w./-]+)"[ \t]*$/gm;
const JAVA = /^import[ \t]+(?:static[ \t]+)?([a-z]\w*(?:\.[a-z]\w*)+)\.[A-Z*]/gm;
const CSHARP =
  /^(?:global[ \t]+)?using[ \t]+(?!static\b|System\b|Microsoft\.(?:AspNetCore|EntityFrameworkCore;|Extensions))([A-Z][\w.]*);/gm;
const RUST = /^[ \t]*use[ \t]+([a-z]\w*)::/gm;
const PHP = /^use[ \t]+\\?([A-Z]\w*)\\/gm;

/** Modules that are named otherwise than the package that brings them. */
const MODULES: Readonly<Record<string, string>> = {
  MySQLdb: 'mysqlclient',
  'mysql.connector': 'mysql-connector-python',
  ldap: 'python-ldap',
  telegram: 'python-telegram-bot',
  consul: 'python-consul',
  paho: 'paho-mqtt',
  stomp: 'stomp.py',
};

/** `from google.cloud import pubsub_v1` names the service last. */
function moduleOf([, module, first = '', plain = '']: RegExpExecArray): string {
  if (module === undefined) return plain;
  return /^(?:google\.cloud|azure(?:\.\w+)?)$/.test(module) ? `${module}.${first}` : module;
}

/** A Go module; what stands behind it is a folder of its own. */
function goService(name: string): string | null {
  const module = name.split(/\/(?:internal|pkg|cmd)\//, 1)[0] ?? '';
  const parts = module.split('/');
  const owner = /^(?:github\.com|gitlab\.com|bitbucket\.org)$/.test(parts[0] ?? '') ? parts.slice(0, 3) : parts;
  return serviceOfPackage(owner.join('/')) ?? cloudServiceOf(module) ?? null;
}

function pythonService(module: string): string | null {
  const top = module.split('.', 1)[0] ?? '';
  const named = MODULES[module] ?? MODULES[top];
  if (named !== undefined) return serviceOfPackage(named);
  const dashed = module.replaceAll('.', '-').replaceAll('_', '-');
  // `google.cloud.pubsub_v1` is google-cloud-pubsub.
  if (/^(?:google-cloud|azure)-/.test(dashed)) return serviceOfPackage(dashed.replace(/-v\d\w*$/, ''));
  return serviceOfPackage(top.replaceAll('_', '-'));
}

/** So many parts say whose a Java or C# name is; what follows may be a package of one's own: `com.acme.redis`. */
function ownerOf(name: string): string {
  const many = /^(?:org\.(?:springframework|apache)|azure|amazon|google\.cloud)\./i.test(name);
  return name
    .split('.')
    .slice(0, many ? 4 : 2)
    .join('.');
}

function javaService(name: string): string | null {
  const aws = /^(?:software\.amazon\.awssdk\.services|com\.amazonaws\.services)\.(\w+)/.exec(name)?.[1];
  if (aws !== undefined) return `aws:${aws}`;
  const google = /^com\.google\.cloud\.(\w+)/.exec(name)?.[1];
  if (google !== undefined) return serviceOfPackage(`com.google.cloud:google-cloud-${google}`);
  if (/^(?:jakarta|javax)\.mail\b/.test(name)) return 'smtp';
  return serviceOfPackage(ownerOf(name));
}

const READERS: Readonly<Record<string, { pattern: RegExp; service: (name: string) => string | null }>> = {
  script: { pattern: SCRIPT, service: serviceOfPackage },
  ruby: { pattern: RUBY, service: (name) => serviceOfPackage(name) },
  go: { pattern: GO, service: goService },
  java: { pattern: JAVA, service: javaService },
  csharp: { pattern: CSHARP, service: (name) => serviceOfPackage(ownerOf(name)) },
  rust: { pattern: RUST, service: (name) => serviceOfPackage(name.replaceAll('_', '-')) },
  php: { pattern: PHP, service: serviceOfPackage },
};

const LANGUAGES: readonly (readonly [RegExp, keyof typeof READERS])[] = [
  [/^(?:[cm]?[jt]sx?|vue|svelte)$/, 'script'],
  [/^(?:rb|rake)$/, 'ruby'],
  [/^go$/, 'go'],
  [/^(?:java|kt|scala|groovy)$/, 'java'],
  [/^cs$/, 'csharp'],
  [/^rs$/, 'rust'],
  [/^php$/, 'php'],
];

/** Clients of services that a file imports. */
export function findImports(extension: string, code: string): { service: string; index: number }[] {
  const found: { service: string; index: number }[] = [];
  if (extension === 'py') {
    for (const match of code.matchAll(PYTHON)) {
      const service = pythonService(moduleOf(match));
      if (service !== null) found.push({ service, index: match.index + match[0].search(/\S/) });
    }
    return found;
  }
  const language = LANGUAGES.find(([pattern]) => pattern.test(extension))?.[1];
  const reader = language === undefined ? undefined : READERS[language];
  if (reader === undefined) return found;
  for (const match of code.matchAll(reader.pattern)) {
    const service = reader.service(match[1] ?? '');
    if (service !== null) found.push({ service, index: match.index });
  }
  return found;
}

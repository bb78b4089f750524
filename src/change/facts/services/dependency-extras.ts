import { serviceOfPackage } from './known-services.ts';

/**
 * Libraries that join a program to the service that a part of them is called after: `celery[sqs]`, `sqlx` with the
 * feature `postgres`. What a tool for errors or traces watches (`sentry-sdk[celery]`) is asked by others.
 */
const JOINING =
  /^(?:celery|kombu|dramatiq|channels|sqlalchemy|sqlmodel|databases|tortoise-orm|piccolo|peewee|ormar|gino|django-storages|fsspec|smart[-_]open|universal[-_]pathlib|cloudpathlib|apache-airflow|langchain|pydantic-ai(?:-slim)?|llama-index|haystack-ai|litellm|mem0ai|crewai|autogen-ext|faststream|taskiq|social-auth-app-django|sqlx|sqlx-core|sea-orm(?:-migration)?|diesel|diesel-async|deadpool|bb8|r2d2|object[-_]store|opendal|apalis|fang|rig-core|genai|llm|tower-sessions|axum-session|oauth2-client|cached|rbatis|rbdc|ormlite|welds|lettre)$/;
/** Words of features, in the letters of the services' table. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  aws: 'aws:s3',
  s3: 'aws:s3',
  gcs: 'gcp:storage',
  gcp: 'gcp:storage',
  google: 'gcp:storage',
  azure: 'azure:storage-blob',
  'smtp-transport': 'smtp',
};
const OBJECT_STORES =
  /^(?:django-storages|fsspec|smart[-_]open|universal[-_]pathlib|cloudpathlib|object[-_]store|opendal)$/;

/** Extras of Python in brackets, and features of Rust in a list. */
function partsOf(value: string): string[] {
  const extras = /^\[([^\]]{1,200})\]/.exec(value)?.[1] ?? /\bextras\s*=\s*\[([^\]]{1,200})\]/.exec(value)?.[1];
  const features = extras ?? /\bfeatures\s*=\s*\[([^\]]{1,600})/.exec(value)?.[1] ?? '';
  return features
    .toLowerCase()
    .split(/[\s,"']+/)
    .filter((part) => part !== '');
}

/** The services that parts of a dependency are for. */
export function servicesOfParts(name: string, value: string): string[] {
  if (!JOINING.test(name)) return [];
  return partsOf(value).flatMap((part) => {
    const bare = part
      .replace(/^(?:runtime|with|backend|transport|services?|db)-(?!tokio|async)/, '')
      .replace(/^sqlx-/, '');
    const known = OBJECT_STORES.test(name) ? KNOWN_AS[bare] : undefined;
    const service =
      known ?? (/^(?:runtime|tls|macros|json|uuid|chrono|rustls|native)/.test(bare) ? null : serviceOfPackage(bare));
    return service === null ? [] : [service];
  });
}

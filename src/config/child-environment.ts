import type { Environment } from './config.ts';

/** What a child process of Slipway may inherit from this one besides what it is handed. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NO_COLOR', 'SSH_AUTH_SOCK'];

/**
 * The environment of another Slipway process on this machine: addresses and secrets as variables, never as arguments,
 * which every user of the machine could read.
 */
export function childEnvironment(
  environment: Partial<Environment>,
  from: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const variables: Record<string, string | undefined> = {
    ...environment.programVariables,
    REDIS_URL: environment.redisUrl,
    DATABASE_URL: environment.databaseUrl,
    ANTHROPIC_API_KEY: environment.anthropicApiKey,
    ANTHROPIC_BASE_URL: environment.anthropicBaseUrl,
    SLIPWAY_LOCAL_TARGET_URL: environment.localTargetUrl,
    SLIPWAY_LOCAL_TARGET_TOKEN: environment.localTargetToken,
    SLIPWAY_PROMETHEUS_TOKEN: environment.prometheusToken,
    SLIPWAY_GIT_CREDENTIALS: environment.gitCredentials,
    SLIPWAY_GIT_CA_FILE: environment.gitCaFile,
    SLIPWAY_URL: environment.serverUrl,
    SLIPWAY_TOKEN: environment.token,
    SLIPWAY_DATA_DIR: environment.dataDir,
    AUDIT_LOG_DESTINATION: environment.auditLogDestination,
    LOG_LEVEL: environment.logLevel,
  };
  const inherited = INHERITED.map((name) => [name, from[name]] as const);
  return Object.fromEntries([...inherited, ...Object.entries(variables)].filter(([, value]) => value !== undefined));
}

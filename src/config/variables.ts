/** One environment variable that Slipway reads. The table in docs/configuration.md is made from this list. */
export interface Variable {
  readonly name: string;
  /** Also read from the file that `NAME_FILE` names. */
  readonly secret: boolean;
  readonly description: string;
}

export const VARIABLES = [
  {
    name: 'SLIPWAY_CONFIG',
    secret: false,
    description: 'Path of the configuration file; `--config` wins. Default: `./slipway.yaml` where it exists.',
  },
  {
    name: 'REDIS_URL',
    secret: true,
    description:
      '`redis://`, `rediss://` or the path of a unix socket. Off loopback it must carry a password. Unset: an embedded Redis.',
  },
  {
    name: 'DATABASE_URL',
    secret: true,
    description: '`postgresql://…`, as the application role. Unset: an embedded PostgreSQL.',
  },
  {
    name: 'DATABASE_ADMIN_URL',
    secret: true,
    description: '`postgresql://…`, as the owner of the schema. Only `slipway migrate` needs it.',
  },
  {
    name: 'ANTHROPIC_API_KEY',
    secret: true,
    description: 'Key of the model. Unset: rules only, every run goes to a human.',
  },
  { name: 'ANTHROPIC_BASE_URL', secret: false, description: 'Another address of the Messages API, e.g. a gateway.' },
  {
    name: 'AUDIT_LOG_DESTINATION',
    secret: false,
    description: '`stderr`, or a file that gets one JSON line for each committed entry. Default: `stderr`.',
  },
  {
    name: 'LOG_LEVEL',
    secret: false,
    description: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. Default: `info`.',
  },
  { name: 'HOST', secret: false, description: 'Overrides `server.host`.' },
  { name: 'PORT', secret: false, description: 'Overrides `server.port`.' },
  {
    name: 'SLIPWAY_DATA_DIR',
    secret: false,
    description: 'Everything Slipway keeps on this machine: stores, mirrors, artifacts. Default: `.slipway`.',
  },
  { name: 'SLIPWAY_LOCAL_TARGET_URL', secret: false, description: 'Where the `local` delivery target listens.' },
  { name: 'SLIPWAY_LOCAL_TARGET_TOKEN', secret: true, description: 'Bearer token of the `local` delivery target.' },
  {
    name: 'SLIPWAY_PROMETHEUS_TOKEN',
    secret: true,
    description: 'Sent as a bearer token to the Prometheus of `delivery.metrics`. Only workers need it.',
  },
  {
    name: 'SLIPWAY_URL',
    secret: false,
    description: 'Where the CLI finds the server. Default: `http://127.0.0.1:8080`.',
  },
  {
    name: 'GITHUB_WEBHOOK_SECRET',
    secret: true,
    description:
      'Secret of the GitHub webhook, at least 16 characters. Unset: `/webhooks/github` answers 404. Only the server needs it.',
  },
  {
    name: 'SLIPWAY_GITHUB_TOKEN',
    secret: true,
    description:
      'May read pull requests. With it the server looks every `forge.poll_every_s` for deliveries of GitHub that got lost. Only the server needs it.',
  },
  {
    name: 'SLIPWAY_NOTIFY_URL',
    secret: true,
    description: 'Where rollbacks are told, as signed webhooks (https, or http on this machine). Only workers need it.',
  },
  {
    name: 'SLIPWAY_NOTIFY_SECRET',
    secret: true,
    description: 'What they are signed with by Standard Webhooks: base64 of 24 to 64 bytes, with or without `whsec_`.',
  },
  {
    name: 'SLIPWAY_SLACK_URL',
    secret: true,
    description: 'An incoming webhook of Slack, or of what understands its messages, that is told of rollbacks too.',
  },
  {
    name: 'SLIPWAY_CRASH_POINT',
    secret: false,
    description:
      'Only for tests of crashes: a point of `src/crash-point.ts` at which the process kills itself, e.g. `promotion:after-act#2`, or a directory of orders for a fleet.',
  },
  {
    name: 'SLIPWAY_GIT_CREDENTIALS',
    secret: true,
    description:
      'Sign-ins for https repositories, one line `https://user:token@host` for each host, as in git’s credential store. Only what fetches and pushes needs it.',
  },
  {
    name: 'SLIPWAY_GIT_CA_FILE',
    secret: false,
    description: 'PEM file of the authorities that https repositories are checked against, for a private one.',
  },
  { name: 'SSH_AUTH_SOCK', secret: false, description: 'Socket of an ssh agent, for ssh repositories.' },
  { name: 'SLIPWAY_TOKEN', secret: true, description: 'The token the CLI sends.' },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];
export type SecretName = Extract<(typeof VARIABLES)[number], { secret: true }>['name'];

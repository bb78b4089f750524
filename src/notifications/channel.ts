/** Where people are told of incidents. Addresses and secrets come from the environment alone. */
export type Channel =
  | { readonly name: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly name: 'slack'; readonly url: string };

interface NotificationVariables {
  readonly notifyUrl: string | undefined;
  readonly notifySecret: string | undefined;
  readonly slackUrl: string | undefined;
}

/** The channels that are set up; none is a fleet that tells nobody by itself. */
export function channelsOf({ notifyUrl, notifySecret, slackUrl }: NotificationVariables): Channel[] {
  return [
    ...(notifyUrl !== undefined && notifySecret !== undefined
      ? [{ name: 'webhook' as const, url: notifyUrl, secret: notifySecret }]
      : []),
    ...(slackUrl === undefined ? [] : [{ name: 'slack' as const, url: slackUrl }]),
  ];
}

/** `name` in any of the usual shapes of a package name: npm scope, Go module path, Maven coordinate. */
export const ANY = '(?:[\\w.@-]+[/:])*';

/** A service outside the process, and how its use shows. */
export interface KnownService {
  readonly id: string;
  /** Matches dependency names (lower case) over all package managers. */
  readonly packages: RegExp | null;
  /** The same for a name of one part, without looking for an owner before it. */
  readonly single: RegExp | null;
  /** Matches the first words of environment names such as REDIS_URL. */
  readonly env: RegExp | null;
  /** Matches a container image's name. */
  readonly image: RegExp | null;
}

export function service(
  id: string,
  packages: string | null,
  env: string | null,
  image: string | null = null,
): KnownService {
  return {
    id,
    packages: packages === null ? null : new RegExp(`^(?:${packages})$`),
    single: packages === null ? null : new RegExp(`^(?:${packages.replaceAll(ANY, '')})$`),
    env: env === null ? null : new RegExp(`^(?:${env})$`),
    image: image === null ? null : new RegExp(`^(?:${image})$`),
  };
}

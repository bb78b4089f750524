import type { Config } from '../config/config.ts';

/** The repositories whose open pull requests are looked at: those that `forge.repos` names, or all that services are built from. */
export function watchedRepos({ forge, services }: Pick<Config, 'forge' | 'services'>): readonly string[] {
  return forge.repos ?? [...new Set(Object.values(services).map((service) => service.repo))];
}

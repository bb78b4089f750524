import type { Item } from '../../compare-items.ts';
import { laravelRoutes } from './laravel-routes.ts';
import { symfonyRoutes } from './symfony-routes.ts';

/** Routes of Laravel, Lumen, Slim and Symfony. */
export function extractPhpRoutes(code: string): Item[] {
  return [
    ...(/\bRoute::|\$(?:app|router|group|routes?|api)->/.test(code) ? laravelRoutes(code) : []),
    ...symfonyRoutes(code),
  ];
}

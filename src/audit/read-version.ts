import { readPackageVersion } from '../package-root.ts';

/** Slipway's own version, as the record names it: `slipway/1.2.3`. */
export function readVersion(): string {
  return `slipway/${readPackageVersion()}`;
}

// Gives each service of the local delivery target its first production version, the tip of its target branch, where it has
// none: a canary needs something to be compared with. `slipway up` does the same. What runs already is left alone.
import { readConfig } from '../dist/config/read-config.js';
import { makeLogger } from '../dist/log.js';
import { seedProduction } from '../dist/seed-production.js';

const config = readConfig({});
try {
  await seedProduction(config, makeLogger({ name: 'seed-production', level: config.env.logLevel }));
} catch (error) {
  process.stderr.write(`seed-production: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

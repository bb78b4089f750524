import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import { makeLogger } from '../../src/log.ts';

/**
 * A process that owns the embedded stores of the directory it is given, so that tests can kill it: prints one JSON
 * line `{ redisUrl, adminUrl }` when both run, and closes them in order when its standard input ends.
 */
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: embedded-owner DIRECTORY');
const log = makeLogger({ level: 'warn', name: 'owner' }, process.stderr);
const stores = await startEmbeddedStores({ dataDir, log });
process.stdout.write(`${JSON.stringify({ redisUrl: stores.redisUrl, adminUrl: stores.adminUrl })}\n`);
process.stdin.resume().once('end', () => void stores.close());

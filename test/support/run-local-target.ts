import { text } from 'node:stream/consumers';
import { LocalTargetSettings } from '../../src/delivery/local/settings.ts';
import { startLocalTarget } from '../../src/delivery/local/start-local-target.ts';
import { makeLogger } from '../../src/log.ts';

/** The local target as a process: settings on stdin, its URL as one line on stdout, SIGTERM ends it. */
const settings = LocalTargetSettings.parse(JSON.parse(await text(process.stdin)));
const log = makeLogger({ level: process.env.TEST_LOG_LEVEL ?? 'silent', name: 'local-target' });
const target = await startLocalTarget(settings, log);
process.stdout.write(`${target.url}\n`);
process.once('SIGTERM', () => {
  void target.close();
});

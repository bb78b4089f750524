// Resumes the queue of agent calls, which pauses for the whole fleet when the account's spend limit is reached.
// Raise the limit first: the next call that meets it pauses the queue again.
import { readConfig } from '../dist/config/read-config.js';
import { makeLogger } from '../dist/log.js';
import { openQueues } from '../dist/queues/connections.js';

const { redisUrl } = readConfig({}).env;
if (redisUrl === undefined) {
  process.stderr.write('REDIS_URL or REDIS_URL_FILE is not set\n');
  process.exit(2);
}
const queues = openQueues(redisUrl, makeLogger({ name: 'resume-agents', level: 'warn' }));
try {
  const paused = await queues.byName.agents.isPaused();
  await queues.byName.agents.resume();
  process.stdout.write(paused ? 'resumed\n' : 'was not paused\n');
} finally {
  await queues.close();
}

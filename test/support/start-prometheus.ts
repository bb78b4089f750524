import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { packageRoot } from '../../src/package-root.ts';
import { untilAnswers } from '../../src/until-answers.ts';

const Jobs = z.looseObject({
  scrape_configs: z.array(z.looseObject({ job_name: z.string() })),
  global: z.looseObject({}),
  rule_files: z.array(z.string()),
});

/** A real Prometheus with the jobs of ops/prometheus.yml, each at the address given for its part, scraping every second. */
export async function startPrometheus(options: {
  directory: string;
  token: string;
  address: (part: string) => string;
}): Promise<{ url: string; close(): Promise<void> }> {
  const config = Jobs.parse(parse(readFileSync(join(packageRoot, 'ops/prometheus.yml'), 'utf8')));
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  config.rule_files = [join(packageRoot, 'ops/alerts.yml')];
  const tokenFile = join(options.directory, 'scrape-token');
  writeFileSync(tokenFile, options.token);
  for (const job of config.scrape_configs) {
    delete job['dns_sd_configs'];
    job['static_configs'] = [{ targets: [options.address(job.job_name.replace('slipway-', ''))] }];
    if (job['authorization'] !== undefined) job['authorization'] = { credentials_file: tokenFile };
  }
  const file = join(options.directory, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const address = `127.0.0.1:${await takeFreePort()}`;
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(options.directory, 'tsdb')}`];
  const child = spawn('prometheus', [...args, `--web.listen-address=${address}`, '--log.level=error'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  await untilAnswers(`http://${address}/-/ready`).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url: `http://${address}`, close };
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { type StartedProgram, startProgram } from './start-program.ts';

export interface ServicePrometheus {
  readonly url: string;
  kill(): Promise<void>;
  /** With the same data, at the same address. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** A real Prometheus that scrapes each job's address every second, and keeps a month, as a baseline needs. */
export async function startServicesPrometheus(
  directory: string,
  jobs: Readonly<Record<string, string>>,
): Promise<ServicePrometheus> {
  const data = join(directory, 'tsdb');
  mkdirSync(data);
  const file = join(directory, 'prometheus.yml');
  const scrape_configs = Object.entries(jobs).map(([job_name, address]) => ({
    job_name,
    static_configs: [{ targets: [address] }],
  }));
  writeFileSync(file, stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs }));
  const address = `127.0.0.1:${await takeFreePort()}`;
  const url = `http://${address}`;
  let program: StartedProgram | null = null;
  const prometheus: ServicePrometheus = {
    url,
    async kill() {
      await program?.end('SIGKILL');
      program = null;
    },
    async start() {
      if (program !== null) return;
      program = startProgram([
        'prometheus',
        `--config.file=${file}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=40d',
        `--web.listen-address=${address}`,
      ]);
      await untilAnswers(`${url}/-/ready`);
    },
    freeze: () => program?.signal('SIGSTOP'),
    thaw: () => program?.signal('SIGCONT'),
    close: () => prometheus.kill(),
  };
  await prometheus.start();
  return prometheus;
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { untilAnswers } from '../../src/until-answers.ts';
import { type StartedProgram, startProgram } from './start-program.ts';

export interface Exporter {
  /** What it answers to a scrape from now on; null = it resets the connection. */
  text: string | null;
  readonly address: string;
  close(): Promise<void>;
}

/** A service's /metrics, whose text a test sets. */
export async function startExporter(text: string): Promise<Exporter> {
  const server = createServer((_request, response) => {
    if (exporter.text === null) response.destroy();
    else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exporter.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('the exporter has no port');
  const exporter: Exporter = {
    text,
    address: `127.0.0.1:${place.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return exporter;
}

/** A real Prometheus that scrapes the exporters by arm every second. `history` is OpenMetrics text that is there from the start. */
export async function startServicePrometheus(
  directory: string,
  options: { arms: Record<string, string>; retention?: string; history?: string },
): Promise<{ url: string; program: StartedProgram }> {
  const data = join(directory, `tsdb-${Math.random().toString(36).slice(2)}`);
  mkdirSync(data);
  if (options.history !== undefined) {
    const text = join(directory, 'history.txt');
    writeFileSync(text, options.history);
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data], { stdio: 'ignore' });
  }
  const scrape_configs = Object.entries(options.arms).map(([arm, address]) => ({
    job_name: `shop-${arm}`,
    static_configs: [{ targets: [address], labels: { arm } }],
  }));
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, stringify({ global: { scrape_interval: '1s' }, scrape_configs }));
  const address = `127.0.0.1:${await takeFreePort()}`;
  const retention = options.retention === undefined ? [] : [`--storage.tsdb.retention.time=${options.retention}`];
  const program = startProgram([
    'prometheus',
    `--config.file=${file}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    ...retention,
  ]);
  await untilAnswers(`http://${address}/-/ready`).catch(async (error: unknown) => {
    await program.end('SIGKILL');
    throw error;
  });
  return { url: `http://${address}`, program };
}

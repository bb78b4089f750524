import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Processes of this machine that have to do with a directory: by their command line, working directory or environment.
 * The data directory of a fleet is in one of the three for every part of it.
 */
export function readProcessesOf(directory: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const command = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const place = read(() => readlinkSync(`/proc/${pid}/cwd`));
    const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    const belongs = [command, place, environment].some((text) => text.includes(directory));
    return belongs ? [`${pid} ${command.replaceAll('\0', ' ').slice(0, 200)}`] : [];
  });
}

/** A process that ends while it is looked at is gone, and so no concern. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}

import { TransientFailure } from '../../errors.ts';

/** One server of a backend, as HAProxy sees it now. */
export interface ServerState {
  readonly name: string;
  readonly running: boolean;
  /** Put into maintenance by hand, or by us when no weight could be set. */
  readonly maintenance: boolean;
  /** 0–256, what is in force. */
  readonly weight: number;
  /** What its line in the file says, and so what a reload brings back. */
  readonly fileWeight: number;
  /** It has a health check. */
  readonly checked: boolean;
}

/** Bits of srv_admin_state and srv_check_state, and the value of srv_op_state, as doc/management.txt of HAProxy lists them. */
const FORCED_MAINTENANCE = 0x01;
const CHECK_CONFIGURED = 0x02;
const RUNNING = 2;

/** Parses `show servers state <backend>`. @throws {TransientFailure} TARGET_UNREACHABLE when the answer is another. */
export function parseServerStates(answer: string, backend: string): ServerState[] {
  const lines = answer.split('\n').filter((line) => line.trim() !== '');
  const header = lines.find((line) => line.startsWith('# '));
  if (header === undefined)
    throw new TransientFailure('TARGET_UNREACHABLE', `HAProxy on backend ${backend}: ${lines.join(' ').slice(0, 200)}`);
  const names = header.slice(2).split(' ');
  return lines.slice(lines.indexOf(header) + 1).map((line) => {
    const cells = line.split(' ');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const number = (name: string): number => {
      const value = Number(cell(name) || Number.NaN);
      if (Number.isInteger(value)) return value;
      throw new TransientFailure('TARGET_UNREACHABLE', `HAProxy shows no ${name} for a server of ${backend}`);
    };
    return {
      name: cell('srv_name'),
      running: number('srv_op_state') === RUNNING,
      maintenance: (number('srv_admin_state') & FORCED_MAINTENANCE) !== 0,
      weight: number('srv_uweight'),
      fileWeight: number('srv_iweight'),
      checked: (number('srv_check_state') & CHECK_CONFIGURED) !== 0,
    };
  });
}

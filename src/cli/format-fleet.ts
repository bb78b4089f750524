import type { FleetJson } from '../http/api/fleet-schemas.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { printable, shorten } from './printable.ts';

/** On standard error: they explain why runs stand still, and a script that reads the table is not disturbed. */
export function showWarnings(fleet: FleetJson, io: CliIo): void {
  for (const warning of fleet.warnings) io.err(`warning: ${printable(warning)}\n`);
}

export function formatReplicas({ replicas }: FleetJson): string {
  if (replicas.length === 0) return 'no replica has started yet\n';
  const rows = replicas.map((replica) => [
    replica.id,
    replica.state,
    replica.host,
    replica.version,
    String(replica.active),
    utcSecond(replica.last_beat),
    replica.stages.join(','),
  ]);
  return formatTable(['REPLICA', 'STATE', 'HOST', 'VERSION', 'ACTIVE', 'LAST BEAT (UTC)', 'QUEUES'], rows);
}

export function formatQueues({ queues }: FleetJson): string {
  const rows = queues.map(({ name, replicas, waiting, active, pause }) => [
    name,
    String(replicas),
    waiting === null ? '?' : String(waiting),
    active === null ? '?' : String(active),
    pause === null ? '-' : shorten(`paused by ${pause.by}: ${pause.reason}`, 80),
  ]);
  return formatTable(['QUEUE', 'REPLICAS', 'WAITING', 'ACTIVE', 'BRAKE'], rows);
}

export function formatSettings({ settings }: FleetJson): string {
  const rows = settings.map(({ name, value, by, since, reason }) => [
    name,
    String(value),
    by,
    utcSecond(since),
    shorten(reason, 80),
  ]);
  return formatTable(['SETTING', 'VALUE', 'SET BY', 'SINCE (UTC)', 'WHY'], rows);
}

export function formatFreezes({ freezes }: FleetJson): string {
  const rows = freezes.map(({ service, by, since, reason }) => [
    service ?? '(all)',
    by,
    utcSecond(since),
    shorten(reason, 80),
  ]);
  return rows.length === 0 ? 'nothing is frozen\n' : formatTable(['FROZEN', 'BY', 'SINCE (UTC)', 'WHY'], rows);
}

export function formatBudgets({ budgets }: FleetJson): string {
  const rows = budgets.map(({ budget, subject, tokens, usd, ratio }) => [
    budget,
    subject,
    `${tokens.used} of ${tokens.max ?? 'any'}`,
    `$${usd.used.toFixed(2)} of ${usd.max === null ? 'any' : `$${usd.max.toFixed(2)}`}`,
    `${Math.floor(ratio * 100)} %`,
  ]);
  return rows.length === 0 ? 'no budgets\n' : formatTable(['BUDGET', 'OF', 'TOKENS', 'COST', 'USED'], rows);
}

function utcSecond(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

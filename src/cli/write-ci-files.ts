import { appendFileSync } from 'node:fs';
import type { RunJson } from '../http/api/schemas.ts';
import { describeRun, describeState, runUrl } from './format-run.ts';
import { printable } from './printable.ts';

/** What CI is told of a run, in its own files. */
export interface CiReport {
  readonly run: RunJson;
  readonly exitCode: number;
  readonly serverUrl: string;
}

/** `name=value` lines, as GITHUB_OUTPUT and dotenv reports want them. A value never holds a line break. */
export function formatOutputs({ run, exitCode, serverUrl }: CiReport): string {
  const outputs = {
    run_id: run.id,
    outcome: run.outcome ?? '',
    route: run.route ?? '',
    risk_score: run.risk_score === null ? '' : String(run.risk_score),
    url: runUrl(serverUrl, run.id),
    exit_code: String(exitCode),
  };
  return Object.entries(outputs)
    .map(([name, value]) => `${name}=${printable(value)}\n`)
    .join('');
}

/** Markdown for a CI step summary. Text of the change is escaped: a title must not become a link or markup. */
export function formatSummary({ run, serverUrl }: CiReport): string {
  const rows: [string, string][] = [
    ['Change', `${run.repo}#${run.pr_number} ${run.title}`],
    ['Head', run.head_sha],
    ['Service', run.service],
    ['Stage', run.stage],
    ['Risk score', run.risk_score === null ? 'not scored' : run.risk_score.toFixed(1)],
    ['Route', run.route ?? 'not routed'],
    ['Outcome', run.outcome ?? describeState(run)],
    ['Reason', run.outcome_reason ?? ''],
  ];
  const table = rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`);
  return [
    `### Slipway: ${escapeMarkdown(describeRun(run))}`,
    '',
    '| | |',
    '|---|---|',
    ...table,
    '',
    `[Open the run](${runUrl(serverUrl, run.id)})`,
    '',
    '',
  ].join('\n');
}

export function writeCiFiles(
  report: CiReport,
  files: { outputs?: string | undefined; summary?: string | undefined },
): void {
  if (files.outputs !== undefined) appendFileSync(files.outputs, formatOutputs(report));
  if (files.summary !== undefined) appendFileSync(files.summary, formatSummary(report));
}

function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@:-]/g, '\\$&');
}

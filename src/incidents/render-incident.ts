import type { IncidentAnswer } from '../agents/incident-answer.ts';
import type { Incident } from './incident.ts';
import { runbookAddress } from './runbook-address.ts';

/** What an agent wrote about it afterwards. Nothing rests on it. */
export interface IncidentOpinion {
  readonly model: string | null;
  readonly answer: IncidentAnswer | null;
  /** Why there is none. */
  readonly missing: string | null;
}

/** The report as Markdown, for a ticket or a review. Charts are named, not drawn. `serverUrl` is where its links lead. Pure. */
export function renderIncident(incident: Incident, opinion: IncidentOpinion | null, serverUrl: string | null): string {
  const { change, times, impact } = incident;
  return [
    `# Rollback of ${code(change.title === '' ? `${change.repo}#${change.pr_number}` : change.title)} in ${code(incident.service)}`,
    '',
    `**${incident.verdict}, ${incident.cause}**: ${words(incident.why)}`,
    '',
    `What to do: [${incident.runbook}](${runbookAddress(incident.runbook, serverUrl) ?? incident.runbook})`,
    '',
    '## What happened',
    '',
    ...table(
      ['', ''],
      [
        [
          'change',
          `${code(`${change.repo}#${change.pr_number}`)} by ${code(change.author)}, head ${code(change.head_sha.slice(0, 12))}`,
        ],
        ['run', code(incident.run_id)],
        ['traffic from', times.traffic_at ?? 'never'],
        ['first failed or slow request seen', times.first_fault_at ?? 'none'],
        ['verdict', `${times.verdict_at ?? '–'}${after(times.detection_s)}`],
        ['weight 0 read back', `${times.weight_zero_at ?? '–'}${after(times.rollback_s)}`],
        ['canary requests', `${impact.canary_requests}: ${impact.failed} failed, ${impact.slow} slow`],
        ['beyond production’s own rate', `${impact.excess_failed.toFixed(1)} failed`],
        [
          'error budget of that time',
          impact.error_budget_spent === null ? '–' : `${(impact.error_budget_spent * 100).toFixed(1)} % spent`,
        ],
        ['errors only the canary shows', signatures(incident)],
      ],
    ),
    '',
    '## Tests',
    '',
    ...table(
      ['test', 'limit', 'ln E', 'fails from', ''],
      incident.tests.map(({ test, limit, ln_e, fails_from, crossed }) => [
        test,
        `${limit}`,
        ln_e === null ? '–' : ln_e.toFixed(3),
        fails_from.toFixed(3),
        crossed ? 'crossed' : '',
      ]),
    ),
    '',
    incident.first_crossing === null
      ? 'No test had crossed.'
      : `First crossing at tick ${incident.first_crossing.tick}, ${incident.first_crossing.elapsed_s} s under traffic.`,
    ...incident.missing.map((each) => `- missing for a PASS: ${words(each)}`),
    '',
    '## Weight',
    '',
    ...table(
      ['at', 'share', '', 'why'],
      incident.weights.map(({ at, pct, phase, why }) => [at, `${pct} %`, phase, words(why)]),
    ),
    '',
    '## Series',
    '',
    ...table(
      ['s', 'canary requests', 'failed', 'slow', 'production requests', 'failed', 'slow'],
      incident.series.map(({ elapsed_s, canary, control, scored }) =>
        [
          `${elapsed_s}${scored ? '' : ' (warm-up)'}`,
          ...[canary, control].flatMap((arm) => [arm.requests, arm.errors, arm.slow]),
        ].map(String),
      ),
    ),
    ...incident.gaps.map(({ elapsed_s, problem }) => `- no metrics at ${elapsed_s} s: ${words(problem)}`),
    '',
    '## Numbers and limits',
    '',
    ...table(
      ['', ''],
      [...Object.entries(incident.numbers), ...Object.entries(incident.limits)].map(([name, value]) => [
        code(name),
        `${value ?? '–'}`,
      ]),
    ),
    '',
    'Asked with:',
    ...incident.queries.map((query) => `- ${code(query)}`),
    '',
    'Changed files:',
    ...(change.files.length === 0 ? ['- not known'] : change.files.map((path) => `- ${code(path)}`)),
    '',
    '## Opinion of an agent',
    '',
    ...renderOpinion(opinion),
    '',
  ].join('\n');
}

function renderOpinion(opinion: IncidentOpinion | null): string[] {
  if (opinion === null) return ['Not written yet. The rollback did not wait for it.'];
  if (opinion.answer === null) return [`There is none: ${words(opinion.missing ?? 'unknown')}.`];
  const { summary, probable_cause, contributing, recommendation } = opinion.answer;
  return [
    `*Written by ${words(opinion.model ?? 'a model')} after the rollback; nothing rests on it.*`,
    '',
    ...[summary, `Probable cause: ${probable_cause}`, ...contributing, `Recommendation: ${recommendation}`].map(
      (each) => `> ${words(each)}\n>`,
    ),
  ];
}

function signatures({ canary_only_errors: errors, canary_only_errors_missing: missing }: Incident): string {
  if (errors === null) return `not known: ${words(missing ?? 'the metric source names none')}`;
  return errors.map(({ signature, count }) => `${code(signature)} × ${count}`).join(', ') || 'none';
}

function after(seconds: number | null): string {
  return seconds === null ? '' : `, after ${seconds.toFixed(1)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** Words of others in a line of Markdown: no markup, no links, no rows of their own. */
function words(text: string): string {
  return text.replace(/[\\`*_[\]<>|#~!]/g, '\\$&').replace(/\s+/g, ' ');
}

function code(text: string): string {
  return `\`${text.replace(/[`|\s]+/g, ' ')}\``;
}

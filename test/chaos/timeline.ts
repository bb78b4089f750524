import type { Evidence } from './evidence.ts';

/** One moment of a campaign that is no evidence but explains it. */
export interface Happening {
  readonly at: number;
  readonly what: string;
}

/** What is known of one run in the order of time, with the faults of that time. */
export function timelineOf(runId: string, evidence: Evidence, happenings: readonly Happening[]): string[] {
  const calls = new Map(evidence.calls.filter((call) => call.runId === runId).map((call) => [call.content, call]));
  const own: Happening[] = [
    ...evidence.entries
      .filter(({ entry }) => entry.trace_id === runId)
      .map(({ recordedAt, seq, entry }) => ({
        at: recordedAt.getTime(),
        what: `record ${seq}  ${entry.stage}/${entry.step} ${entry.event} n=${entry.n} ${entry.outcome}: ${entry.rationale.slice(0, 90)}`,
      })),
    ...evidence.ledger
      .filter(({ effect }) => effect.startsWith(runId))
      .map((line) => ({
        at: Date.parse(line.at),
        what: `target  ${line.verb} ${line.subject.slice(0, 12)} ${line.effect.slice(33)} fence ${line.fence} receipt ${line.receipt_seq}: ${line.result}${line.answer_lost ? ', answer lost' : ''}`,
      })),
    ...evidence.modelRequests
      .filter(({ content }) => calls.has(content))
      .map(({ at, content, reply }) => ({ at, what: `model   ${calls.get(content)?.id.slice(33)}: ${reply}` })),
  ].toSorted((a, b) => a.at - b.at);
  const from = (own[0]?.at ?? 0) - 1_000;
  const to = (own.at(-1)?.at ?? 0) + 30_000;
  const deaths = evidence.points.flatMap(({ point, deaths: all }) =>
    all.map(({ at, pid }) => ({ at, what: `DIED at ${point} (pid ${pid})` })),
  );
  const around = [...happenings, ...deaths].filter(({ at }) => at >= from && at <= to);
  return [...own, ...around]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, what }) => `  ${new Date(at).toISOString().slice(11, 23)}  ${what}`);
}

import type { ScoreRecord } from '../policy/score-record.ts';

/** The score as a sum, a line for each term, and a line for each floor that held for the change. */
export function formatScore({ total, terms, floors }: ScoreRecord): string[] {
  return [
    ...terms.map(({ label, points }) => line('score', points, label)),
    line('score', total, 'in all'),
    ...floors.map(({ label, points }) => line('floor', points, `at least, for ${label}`)),
  ];
}

function line(name: string, points: number, text: string): string {
  return `${name.padEnd(14)}${points.toFixed(1).padStart(4)}  ${text}`;
}

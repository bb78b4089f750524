import type { CanaryFigures } from '../../runs/context-package.ts';
import { Text } from './text.tsx';

/** The figures that a person who decides about a live canary asks for first; all others stand in the record. */
const SHOWN: readonly (readonly [name: string, label: string, as: 'count' | 'percent' | 'ln'])[] = [
  ['canary_requests', 'canary requests', 'count'],
  ['canary_errors', 'canary errors', 'count'],
  ['ub95_errors', 'errors at most (95 %)', 'percent'],
  ['control_error_rate', 'production’s errors', 'percent'],
  ['canary_slow', 'slow canary requests', 'count'],
  ['ub95_slow', 'slow at most (95 %)', 'percent'],
  ['ln_e_errors', 'ln E errors', 'ln'],
  ['ln_e_slow', 'ln E slow', 'ln'],
  ['ln_e_relative', 'ln E against production', 'ln'],
  ['ln_e_fail', 'FAIL from ln E', 'ln'],
];

/** What was seen of the canary when people were asked, and what a PASS lacks. */
export function CanaryQuestion({ figures }: { figures: CanaryFigures }) {
  return (
    <>
      <p>
        It has {figures.share_pct} % of traffic and is watched meanwhile; a fault rolls it back at once, whatever is
        decided.
      </p>
      {figures.missing.length > 0 && (
        <>
          <p class="hint">What a proof lacks:</p>
          <ul class="why">
            {figures.missing.map((line) => (
              <li key={line}>
                <Text>{line}</Text>
              </li>
            ))}
          </ul>
        </>
      )}
      <details class="fold" id="canary-figures">
        <summary>
          Figures after {figures.ticks} ticks <span class="count">{SHOWN.length}</span>
        </summary>
        <table class="table">
          <tbody>
            {SHOWN.map(([name, label, as]) => (
              <tr key={name}>
                <th scope="row">{label}</th>
                <td>{show(figures.numbers[name] ?? null, as)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function show(value: number | null, as: (typeof SHOWN)[number][2]): string {
  if (value === null) return '–';
  if (as === 'percent') return `${(value * 100).toFixed(2)} %`;
  return as === 'ln' ? value.toFixed(2) : String(value);
}

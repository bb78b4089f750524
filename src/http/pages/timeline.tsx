import { showDuration } from '../../show-duration.ts';
import { showInstant } from './show-time.ts';
import type { StageStep } from './stage-timeline.ts';
import { Icon, Text } from './text.tsx';

/** The five stages in order, each with a shape, a word and how long it took. */
export function Timeline({ steps }: { steps: readonly StageStep[] }) {
  return (
    <ol class="timeline" aria-label="Stages">
      {steps.map((step) => (
        <li key={step.stage} class={`step step-${step.tone}`}>
          <span class="step-rail" aria-hidden="true" />
          <Icon tone={step.tone} />
          <span class="step-name">{step.title}</span>
          <span class="step-state">{step.state}</span>
          <span class="step-note">
            <StepTime step={step} />
            {step.headline !== '' && !step.state.toLowerCase().startsWith(step.headline.toLowerCase()) && (
              <span class="step-headline">
                <Text>{step.headline}</Text>
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

function StepTime({ step }: { step: StageStep }) {
  if (!step.startedAt || !step.endedAt) return null;
  const ms = step.endedAt.getTime() - step.startedAt.getTime();
  if (ms < 1_000) return null;
  return <span title={`from ${showInstant(step.startedAt)}`}>{showDuration(ms)}</span>;
}

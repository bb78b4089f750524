import { buildReviewRequest } from '../../agents/review-request.ts';
import { FindingCategory } from '../../policy/finding.ts';
import { type AskPorts, askAgent } from '../ask-agent.ts';
import type { Entered } from '../enter-stage.ts';
import type { ReadChange } from '../read-change.ts';
import type { ChildJob } from '../step.ts';
import type { AskedPart } from './review-reading.ts';

type Asked = { kind: 'waiting'; children: ChildJob[] } | { kind: 'asked'; parts: AskedPart[] };

/**
 * Asks about every part at the same time, each question a job of the `agents` queue. One call looks for all four kinds of
 * problem; for a critical service each kind is asked about by itself, the first before the others, so that these find
 * the part in the model's cache.
 */
export async function askReviewers(
  ports: AskPorts,
  { run, service }: Pick<Entered, 'run' | 'service'>,
  reading: ReadChange,
): Promise<Asked> {
  if (service.tier !== 'critical') return askParts(ports, run, reading, undefined);
  const [first, ...others] = FindingCategory.options;
  const cached = await askParts(ports, run, reading, first);
  if (cached.kind === 'waiting') return cached;
  const rest = await Promise.all(others.map((lens) => askParts(ports, run, reading, lens)));
  const children = rest.flatMap((asked) => (asked.kind === 'waiting' ? asked.children : []));
  if (children.length > 0) return { kind: 'waiting', children };
  const parts = rest.flatMap((asked) => (asked.kind === 'asked' ? asked.parts : []));
  return { kind: 'asked', parts: [...cached.parts, ...parts] };
}

async function askParts(
  ports: AskPorts,
  run: Entered['run'],
  reading: ReadChange,
  lens: FindingCategory | undefined,
): Promise<Asked> {
  const lenses = FindingCategory.options;
  // At the same moment, so that they are stored together.
  const asked = await Promise.all(
    reading.chunks.map(async (chunk, index) => {
      const n = lens === undefined ? index : index * lenses.length + lenses.indexOf(lens);
      const question = { stage: 'review', agent: 'review', n, reuse: true } as const;
      const outcome = await askAgent(ports, run, question, (base) =>
        buildReviewRequest({
          ...base,
          title: run.title,
          changeType: reading.inspection.change_type,
          files: reading.inspection.files,
          part: { index: index + 1, of: reading.chunks.length },
          diff: chunk.text,
          ...(lens === undefined ? {} : { lens }),
        }),
      );
      return { chunk, outcome };
    }),
  );
  const children = asked.flatMap(({ outcome }) => (outcome.kind === 'waiting' ? [outcome.child] : []));
  if (children.length > 0) return { kind: 'waiting', children };
  const parts = asked.flatMap(({ chunk, outcome }) => (outcome.kind === 'waiting' ? [] : [{ chunk, outcome }]));
  return { kind: 'asked', parts };
}

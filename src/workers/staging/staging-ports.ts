import type { ChangeRepository } from '../../change/change.ts';
import type { MetricSource } from '../../delivery/metric-source.ts';
import type { DeliveryTarget } from '../../delivery/target.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Run } from '../../store/tables.ts';
import type { AskPorts } from '../ask-agent.ts';
import type { MergeRepository } from '../hold-merge.ts';
import type { QuestionPorts } from '../stage-question.ts';

export interface StagingPorts extends AskPorts, QuestionPorts {
  readonly repository: QuestionPorts['repository'] &
    Pick<ChangeRepository, 'materialise' | 'readFile'> &
    MergeRepository;
  /** Null when the start-up probe got out of it: then the smoke suite of a service that has one cannot pass. */
  readonly sandbox: Sandbox | null;
  readonly delivery: (run: Run) => { target: DeliveryTarget; metrics: MetricSource };
}

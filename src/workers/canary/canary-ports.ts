import type { ChangeRepository } from '../../change/change.ts';
import type { MetricSource } from '../../delivery/metric-source.ts';
import type { DeliveryTarget } from '../../delivery/target.ts';
import type { Run } from '../../store/tables.ts';
import type { MergeRepository } from '../hold-merge.ts';
import type { IncidentPorts } from './incident-ports.ts';

type CanaryRepository = Pick<ChangeRepository, 'targetTip' | 'materialise' | 'isAncestor'> & MergeRepository;

export interface CanaryPorts extends IncidentPorts {
  readonly repository: IncidentPorts['repository'] & CanaryRepository;
  /** The real target, or for a dry run one that only describes. */
  readonly delivery: (run: Run) => { target: DeliveryTarget; metrics: MetricSource };
}

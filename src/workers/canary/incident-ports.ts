import type { AskPorts } from '../ask-agent.ts';
import type { ReadingRepository } from '../read-change.ts';

export interface IncidentPorts extends AskPorts {
  readonly repository: ReadingRepository;
}

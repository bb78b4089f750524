import type { z } from 'zod';
import type { AgentName } from './agent-call.ts';
import { IncidentAnswer } from './incident-answer.ts';
import { ReviewAnswer } from './review-answer.ts';
import { ScepticAnswer } from './sceptic-answer.ts';
import { TestAnswer } from './test-answer.ts';
import { ValidationAnswer } from './validation-answer.ts';
import { VerifyAnswer } from './verify-answer.ts';

/** What each agent answers. */
export interface Answers {
  review: ReviewAnswer;
  verify: VerifyAnswer;
  sceptic: ScepticAnswer;
  'test-gen': TestAnswer;
  validation: ValidationAnswer;
  incident: IncidentAnswer;
}

export const answerSchemas: { readonly [A in AgentName]: z.ZodType<Answers[A]> } = {
  review: ReviewAnswer,
  verify: VerifyAnswer,
  sceptic: ScepticAnswer,
  'test-gen': TestAnswer,
  validation: ValidationAnswer,
  incident: IncidentAnswer,
};

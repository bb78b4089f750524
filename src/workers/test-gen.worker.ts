import { z } from 'zod';
import { parseAnswer } from '../agents/parse-answer.ts';
import type { TestAnswer } from '../agents/test-answer.ts';
import { buildTestRequest } from '../agents/test-request.ts';
import type { Recorded } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { crashPoint } from '../crash-point.ts';
import { PermanentFailure } from '../errors.ts';
import { Finding } from '../policy/finding.ts';
import type { StageJob } from '../queues/stage-job.ts';
import { findEntry } from '../runs/authorise.ts';
import { askPeople } from '../runs/escalate.ts';
import { wholePayload } from '../runs/whole-payload.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { putBlob } from '../store/blobs.ts';
import { type AskPorts, askAgent, changeEcho } from './ask-agent.ts';
import { type Entered, enterStage, waiting } from './enter-stage.ts';
import { holdMerge, type MergeRepository } from './hold-merge.ts';
import { type QuestionPorts, stageQuestion } from './stage-question.ts';
import { type ChildJob, proceed, type StageStep, type StepContext, stop } from './step.ts';
import { generatedTestPath } from './test-gen/generated-test.ts';
import { readTestSources } from './test-gen/read-test-sources.ts';
import { runGeneratedTest, type TestVerdict } from './test-gen/run-generated-test.ts';
import { steeringFiles } from './test-gen/steering-files.ts';
import { attemptsAllowed, decideTestGen, type TestGenEnd } from './test-gen.decide.ts';

export interface TestGenPorts extends AskPorts, QuestionPorts {
  readonly repository: QuestionPorts['repository'] &
    Pick<ChangeRepository, 'materialise' | 'readFile' | 'listFiles'> &
    MergeRepository;
  /** Null when the start-up probe got out of it: then nothing untrusted runs here. */
  readonly sandbox: Sandbox | null;
}

type Attempted = { kind: 'waiting'; child: ChildJob } | { kind: 'ended'; end: TestGenEnd; kept: Kept | null };

interface Kept {
  readonly file: string;
  readonly answer: TestAnswer;
}

/** Generate → run in the sandbox → once more with the failure → keep, record the gap, or ask a person. */
export function makeTestGenHandler(ports: TestGenPorts) {
  return async function handleTestGen(
    job: StageJob,
    { signal, upstream, confirmOwner }: StepContext,
  ): Promise<StageStep> {
    const entered = await enterStage(ports, 'test-gen', job.run_id, upstream, confirmOwner);
    if (entered.kind !== 'entered') return entered;
    const { run, record } = entered;
    let generated = await record.find('test-gen', 'generate', 'test_generation');
    if (generated === null) {
      const attempted = await generate(ports, entered, signal);
      if (attempted.kind === 'waiting')
        return waiting(ports, run, {
          kind: 'await_children',
          children: [attempted.child],
          why: 'for a generated test',
        });
      generated = await recordGeneration(ports, entered, attempted.end, attempted.kept);
      crashPoint('test-gen:after-entry');
    }
    const human = generated.entry.payload['human'];
    if (human === null || human === undefined) return proceed(generated.entry.outcome);
    const reason = { code: generated.entry.outcome, text: generated.entry.rationale };
    const answer = await askPeople(
      ports.db,
      record,
      run,
      () => stageQuestion(ports, entered, 'test-gen', [reason], signal),
      'test-gen',
      ports.now(),
      entered.holding(null),
    );
    if (answer.kind === 'waiting')
      return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide' });
    return answer.decision.entry.outcome === 'approve' ? proceed('approved') : stop(answer.decision.entry.outcome);
  };
}

async function generate(ports: TestGenPorts, entered: Entered, signal: AbortSignal): Promise<Attempted> {
  const { run, record, service } = entered;
  const { gaps, changed } = await readReviewed(ports, findEntry(await record.list(), 'review_evaluation', 'review'));
  const { tests } = service;
  if (gaps.length === 0) return { kind: 'ended', end: { kind: 'no_gaps' }, kept: null };
  if (tests === undefined) return { kind: 'ended', end: { kind: 'no_tests_configured' }, kept: null };
  if (ports.sandbox === null) return { kind: 'ended', end: { kind: 'no_sandbox' }, kept: null };
  await holdMerge(ports.repository, entered, signal);

  const attempts = attemptsAllowed(ports.config.validation);
  let previous: { testCode: string; failure: string } | null = null;
  let last: { verdict: TestVerdict; answer: TestAnswer; file: string } | null = null;
  for (let n = 0; n < attempts; n++) {
    const file = generatedTestPath(tests, run.pr_number, n);
    const retryOf = previous;
    const outcome = await askAgent(ports, run, { stage: 'test-gen', agent: 'test-gen', n }, async (base) =>
      buildTestRequest({
        ...base,
        language: tests.language,
        testFile: file,
        command: tests.command,
        gaps,
        ...(await readTestSources(ports.repository, service, run, gaps, tests, signal)),
        previous: retryOf,
      }),
    );
    if (outcome.kind === 'waiting') return outcome;
    const answer = outcome.kind === 'answer' ? parseAnswer('test-gen', outcome.text, changeEcho(run)) : outcome;
    if (answer.kind !== 'ok')
      return { kind: 'ended', end: { kind: 'inconclusive', reason: answer.reason }, kept: null };
    const verdict = await runGeneratedTest(entered, 'merge', {
      ...runSettings(ports, tests, ports.sandbox, signal),
      file,
      code: answer.answer.test_code,
      n,
    });
    if (verdict.verdict === 'forged') return { kind: 'ended', end: { kind: 'forged', attempts: n + 1 }, kept: null };
    const steering = verdict.verdict === 'green' ? steeringFiles(changed, tests) : [];
    if (steering.length > 0)
      return { kind: 'ended', end: { kind: 'steered', attempts: n + 1, files: steering }, kept: null };
    if (verdict.verdict === 'green')
      return { kind: 'ended', end: { kind: 'green', attempts: n + 1 }, kept: { file, answer: answer.answer } };
    previous = { testCode: answer.answer.test_code, failure: `${verdict.why}\n${verdict.output}` };
    last = { verdict, answer: answer.answer, file };
  }
  if (last === null) return { kind: 'ended', end: { kind: 'inconclusive', reason: 'no attempt' }, kept: null };
  const onBase = await runGeneratedTest(entered, 'target', {
    ...runSettings(ports, tests, ports.sandbox, signal),
    file: last.file,
    code: last.answer.test_code,
    n: attempts,
  });
  return { kind: 'ended', end: { kind: 'red', attempts, passesOnBase: onBase.verdict === 'green' }, kept: null };
}

function runSettings(
  ports: TestGenPorts,
  tests: NonNullable<Entered['service']['tests']>,
  sandbox: Sandbox,
  signal: AbortSignal,
) {
  return {
    sandbox,
    repository: ports.repository,
    tests,
    collectFirst: ports.config.validation.fixture_validation,
    signal,
  };
}

async function recordGeneration(
  ports: TestGenPorts,
  { run, record, service }: Entered,
  end: TestGenEnd,
  kept: Kept | null,
): Promise<Recorded> {
  const decision = decideTestGen(end, service.tier);
  const blob = kept === null ? null : await putBlob(ports.db, kept.answer.test_code, 'text/plain');
  return record.append({
    stage: 'test-gen',
    step: 'generate',
    event: 'test_generation',
    rationale: decision.rationale,
    outcome: decision.outcome,
    payload: {
      targets: kept?.answer.targets ?? [],
      edge_cases: kept?.answer.edge_cases ?? [],
      validated: decision.validated,
      test: kept === null ? null : { file: kept.file, blob },
      end,
      human: decision.human,
      head_sha: run.head_sha,
    },
  });
}

const Reviewed = z.object({
  findings: z.array(Finding),
  files: z.array(z.object({ previous_path: z.string().nullable() })),
  manifest: z.array(z.object({ path: z.string() })),
});

/** What has no test, and every path that was changed, also where a file was before. No gaps is something the review has to have said: a list that cannot be read is no such word. */
async function readReviewed(ports: TestGenPorts, review: Recorded | undefined) {
  if (review === undefined) throw new PermanentFailure('NO_REVIEW', 'there is no review on the record');
  const { findings, files, manifest } = Reviewed.parse(await wholePayload(ports.db, review));
  const before = files.flatMap(({ previous_path: path }) => (path === null ? [] : [path]));
  return {
    gaps: findings.filter((finding) => finding.category === 'coverage'),
    changed: [...manifest.map(({ path }) => path), ...before],
  };
}

import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';
import { shorten } from './shorten.ts';

const FAILURE_BYTES = 8 * 1024;
const SOURCE_BYTES = 60 * 1024;
const EXISTING_TEST_BYTES = 16 * 1024;
const EXISTING_TESTS = 3;

interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface TestFacts extends RequestBase {
  readonly language: string;
  /** Where the test will be placed, relative to the repository: imports must fit this place. */
  readonly testFile: string;
  /** How it is run. */
  readonly command: readonly string[];
  /** What has no test: findings of category coverage. */
  readonly gaps: readonly {
    readonly path: string;
    readonly line: number | null;
    readonly quote: string;
    readonly trigger: string;
  }[];
  readonly sources: readonly SourceText[];
  /** For style and imports; the first three are sent. */
  readonly existingTests: readonly SourceText[];
  /** The attempt that failed, with what its run said; null on the first. */
  readonly previous: { readonly testCode: string; readonly failure: string } | null;
}

/** The sources with gaps, a few tests as examples of style, and on the retry what the failed run said (8 KB at most). */
export function buildTestRequest(facts: TestFacts): AgentRequest {
  const { previous } = facts;
  return makeRequest('test-gen', facts, {
    language: facts.language,
    test_file: facts.testFile,
    command: [...facts.command],
    gaps: facts.gaps.map(({ path, line, quote, trigger }) => ({ path, line, quote, trigger })),
    sources: facts.sources.map((source) => cut(source, SOURCE_BYTES)),
    existing_tests: facts.existingTests.slice(0, EXISTING_TESTS).map((test) => cut(test, EXISTING_TEST_BYTES)),
    previous: previous ? { test_code: previous.testCode, failure: shorten(previous.failure, FAILURE_BYTES) } : null,
  });
}

function cut({ path, text }: SourceText, maxBytes: number): { path: string; text: string } {
  return { path, text: shorten(text, maxBytes) };
}

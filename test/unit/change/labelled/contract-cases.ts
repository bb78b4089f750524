import { ANSWERS_CONTRACT_CASES } from './contract-answers.ts';
import { CONTRACT_COMPILED } from './contract-compiled.ts';
import { DEFINITIONS_CONTRACT_CASES } from './contract-definitions.ts';
import { DESCRIBED_CONTRACT_CASES } from './contract-described.ts';
import { FRAMEWORKS_CONTRACT_CASES } from './contract-frameworks.ts';
import { CONTRACT_GRAPHQL_CODE } from './contract-graphql-code.ts';
import { LIBRARIES_CONTRACT_CASES } from './contract-libraries.ts';
import { PACKAGES_CONTRACT_CASES } from './contract-packages.ts';
import { PAYLOAD_CASES } from './contract-payloads.ts';
import { PROTOBUF_CONTRACT_CASES } from './contract-protobuf.ts';
import { ROUTES_CONTRACT_CASES } from './contract-routes.ts';
import { SCOPED_CONTRACT_CASES } from './contract-scopes.ts';
import { SCRIPT_CONTRACT_CASES } from './contract-script.ts';
import { CONTRACT_SCRIPTED } from './contract-scripted.ts';
import { TYPES_CONTRACT_CASES } from './contract-types.ts';
import { UNSEEN_CONTRACT_CASES } from './contract-unseen.ts';
import type { LabelledCase } from './labelled-case.ts';

export const CONTRACT_CASES: readonly LabelledCase[] = [
  ...CONTRACT_COMPILED,
  ...CONTRACT_SCRIPTED,
  ...CONTRACT_GRAPHQL_CODE,
  ...SCRIPT_CONTRACT_CASES,
  ...ROUTES_CONTRACT_CASES,
  ...DEFINITIONS_CONTRACT_CASES,
  ...LIBRARIES_CONTRACT_CASES,
  ...PACKAGES_CONTRACT_CASES,
  ...PROTOBUF_CONTRACT_CASES,
  ...PAYLOAD_CASES,
  ...FRAMEWORKS_CONTRACT_CASES,
  ...ANSWERS_CONTRACT_CASES,
  ...TYPES_CONTRACT_CASES,
  ...SCOPED_CONTRACT_CASES,
  ...DESCRIBED_CONTRACT_CASES,
  ...UNSEEN_CONTRACT_CASES,
];

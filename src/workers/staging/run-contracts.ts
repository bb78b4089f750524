import type { Contract } from '../../config/suite-schema.ts';
import type { ContractResult } from '../../delivery/contract-result.ts';
import { failedSmoke, type SmokeResult } from '../../delivery/smoke.ts';
import type { Entered } from '../enter-stage.ts';
import { runSuite } from './run-suite.ts';
import type { StagingPorts } from './staging-ports.ts';

export interface ContractScope {
  readonly head: string;
  /** null = no base is staged. */
  readonly base: string | null;
  readonly round: number;
  readonly signal: AbortSignal;
}

/** Every declared contract against the staged version, also after one that failed: people want to know of all of them. */
export async function runContracts(
  ports: Pick<StagingPorts, 'repository' | 'sandbox'>,
  entered: Entered,
  scope: ContractScope,
): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const contract of entered.service.staging.contracts) {
    const { name, compare_base } = contract;
    const head = await runContract(ports, entered, contract, scope.head, scope, 'contract');
    const failed = head.some(({ passed }) => !passed);
    const against = failed && compare_base ? scope.base : null;
    const base = against === null ? null : await runContract(ports, entered, contract, against, scope, 'contract_base');
    results.push({ name, head, base });
  }
  return results;
}

function runContract(
  { repository, sandbox }: Pick<StagingPorts, 'repository' | 'sandbox'>,
  entered: Entered,
  settings: Contract,
  endpoint: string,
  { round, signal }: ContractScope,
  step: 'contract' | 'contract_base',
): Promise<SmokeResult[]> | SmokeResult[] {
  const { name } = settings;
  if (sandbox === null)
    return [failedSmoke(name, 'was not run: on this worker the sandbox does not hold, see its log')];
  const commit = settings.tree === 'merge' ? entered.run.merge_sha : entered.run.target_sha;
  const version = step === 'contract' ? 'the staged merge' : 'its base';
  const rationale = `run the contract ${name} against ${version}`;
  const which = { name, step: `${step}.${name}`, rationale, commit, settings };
  return runSuite(entered, { ...which, repository, sandbox, endpoint, round, signal });
}

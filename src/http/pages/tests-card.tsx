import { MigrationCheck } from '../../delivery/migration-check.ts';
import type { RunView } from '../../runs/run-desk.ts';
import { Text } from './text.tsx';
import { sentence } from './words.ts';

/** What became of the generated test and of the migrations, and how much ran in the sandbox. */
export function TestsCard({ entries }: Pick<RunView, 'entries'>) {
  const generation = entries.findLast(({ entry }) => entry.event === 'test_generation')?.entry;
  const runs = entries.filter(({ entry }) => entry.event === 'sandbox_run.completed');
  const tried = runs.findLast(({ entry }) => entry.step === 'migrate')?.entry.payload['result'];
  const migration = MigrationCheck.safeParse(tried).data;
  if (generation === undefined && runs.length === 0) return null;
  return (
    <section class="card" aria-labelledby="tests">
      <div class="section-head">
        <h2 id="tests">Tests</h2>
        {generation && <span class="tag">{sentence(generation.outcome)}</span>}
      </div>
      {generation && (
        <p>
          <Text>{generation.rationale}</Text>
        </p>
      )}
      {migration && (
        <p>
          <span class="tag">Migrations {migration.outcome.replace('_', ' ')}</span> <Text>{migration.text}</Text>
        </p>
      )}
      {runs.length > 0 && (
        <p class="hint">
          {runs.length === 1 ? 'One run' : `${runs.length} runs`} in the sandbox; what came of each stands in the record
          below.
        </p>
      )}
    </section>
  );
}

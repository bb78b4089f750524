import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { exportLog } from '../../src/audit/export.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { runSlipway } from '../support/run-slipway.ts';
import { withDatabase } from '../support/stores.ts';
import { type TestSigner, withSigner } from '../support/test-signer.ts';

interface Stage {
  readonly record: ReturnType<typeof openLog>;
  readonly signer: TestSigner;
  readonly directory: string;
  /** A change that becomes production as the rules want it; the place of its verdict. */
  readonly promote: () => Promise<bigint>;
  /** `slipway audit verify` on the database, with this `audit` in the configuration. */
  readonly verify: (audit: object, ...options: string[]) => ReturnType<typeof runSlipway>;
  /** On an export, without any store. */
  readonly offline: (...options: string[]) => ReturnType<typeof runSlipway>;
}

function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  return withSigner((signer) =>
    withDatabase(async (database) => {
      const directory = mkdtempSync(join(tmpdir(), 'slipway-signed-'));
      const record = openLog(database.appUrl, { limitsMs: PATIENT });
      const file = join(directory, 'slipway.yaml');
      const exported = join(directory, 'audit.jsonl');
      try {
        await use({
          record,
          signer,
          directory,
          async promote() {
            const run = makeRunFacts();
            const add = (stage: 'review' | 'canary', over: Parameters<typeof makeDraft>[1]) =>
              record.audit.append(run, makeDraft(run.id, { stage, ...over }));
            await add('review', {});
            const { receipt } = await add('canary', { step: 'verdict', event: 'canary_verdict', outcome: 'PASS' });
            await add('canary', { step: 'promote', event: 'promotion.intended', outcome: 'intended' });
            await add('canary', { step: 'promote', event: 'promotion.completed', outcome: 'completed' });
            await add('canary', { step: 'release', event: 'production_release', outcome: 'promoted' });
            return BigInt(receipt.seq);
          },
          verify(audit, ...options) {
            writeFileSync(file, stringify({ audit }));
            const env = { DATABASE_URL: database.appUrl, SLIPWAY_DATA_DIR: directory };
            return runSlipway(['audit', 'verify', '--config', file, ...options], env);
          },
          async offline(...options) {
            let text = '';
            for await (const line of exportLog(record.db, () => new Date())) text += line;
            writeFileSync(exported, text);
            return runSlipway(['audit', 'verify', '--file', exported, ...options], {});
          },
        });
      } finally {
        await record.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
  );
}

test('where checkpoints are required, a change that became production unsigned fails the record', () =>
  withStage(({ record, signer, promote, verify }) =>
    withSigner(async (other) => {
      const required = { checkpoints: 'required', checkpoint_keys: [signer.vkey] };
      await promote();
      expect(await verify({})).toMatchObject({ code: 0 });
      const unsigned = await verify(required);
      expect(unsigned.said).toMatch(
        /promotion_unsigned {2}run \w{32} became production on entry \d+, and there is no sig/,
      );
      expect(unsigned.said).toContain('signed: NOT 1 of 1 change(s) that became production; no checkpoint was found');
      expect(unsigned.code).toBe(1);
      // By another key it is not signed, whatever stands in the table.
      await other.look(record.db);
      expect(await verify(required)).toMatchObject({ code: 1 });

      await signer.look(record.db);
      const signed = await verify(required);
      expect(signed.said).toMatch(
        /signed: all 1 change\(s\) that became production; the checkpoint covers \d+ entries/,
      );
      expect(signed.code).toBe(0);
      expect(await verify({}, '--signed', '--vkey', signer.vkey)).toMatchObject({ code: 0 });

      await promote();
      const later = await verify({}, '--signed', '--vkey', signer.vkey);
      expect(later.said).toContain('signed: NOT 1 of 2');
      expect(later.code).toBe(1);
      const nameless = await verify({}, '--signed');
      expect([nameless.code, nameless.said]).toEqual([2, expect.stringContaining('audit.checkpoint_keys')]);
    }),
  ));

test('an auditor checks the same offline, with the export, a checkpoint and the key', () =>
  withStage(async ({ record, signer, directory, promote, offline }) => {
    const verdict = await promote();
    const heads = await record.db.selectFrom('audit.entry').select(['seq', 'chain_hash']).orderBy('seq').execute();
    const checkpointOf = (size: bigint) => {
      const at = heads.find(({ seq }) => BigInt(seq) === size - 1n);
      if (at === undefined) throw new Error(`no entry ${size - 1n}`);
      const file = join(directory, `${size}.checkpoint`);
      writeFileSync(file, signer.note({ size, chainHash: at.chain_hash.toString('hex') }));
      return file;
    };
    const key = ['--vkey', signer.vkey];
    expect(await offline('--signed', '--checkpoint', checkpointOf(verdict + 1n), ...key)).toMatchObject({ code: 0 });
    const early = await offline('--signed', '--checkpoint', checkpointOf(verdict), ...key);
    expect(early.said).toContain(`and the checkpoint ends with entry ${verdict - 1n}`);
    expect(early.code).toBe(1);
    // Without the demand the same checkpoint proves what it covers.
    expect(await offline('--checkpoint', checkpointOf(verdict), ...key)).toMatchObject({ code: 0 });
    for (const [options, field] of [
      [['--signed'], '--checkpoint'],
      [['--signed', ...key], '--checkpoint'],
      [['--signed', '--checkpoint', checkpointOf(verdict)], '--vkey'],
      [['--signed', '--checkpoint', checkpointOf(verdict), '--vkey', 'none'], '--vkey'],
    ] as const) {
      const { code, said } = await offline(...options);
      expect([code, said]).toEqual([2, expect.stringContaining(field)]);
    }
  }));

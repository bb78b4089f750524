import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { Digest } from '../ids.ts';
import type { LogRow } from './chain.ts';
import { readLines } from './read-lines.ts';
import { type LogSource, rowsOf } from './read-log.ts';
import { type Problem, type VerifyOptions, type VerifyResult, verifyLog } from './verify.ts';

const FORMAT = 'slipway-audit-export/1';

const Line = z.strictObject({
  seq: z.string().regex(/^\d{1,19}$/),
  recorded_at: z.iso.datetime({ precision: 3 }),
  body: z.string(),
  leaf_hash: Digest,
  prev_hash: Digest,
  chain_hash: Digest,
});

const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  exported_at: z.iso.datetime({ precision: 3 }),
  entries: z.int().min(0),
  head: z.strictObject({ seq: z.string().regex(/^\d{1,19}$/), chain_hash: Digest }).nullable(),
  /** Of all lines before the manifest, line feeds included. */
  sha256: Digest,
});
const ManifestLine = z.strictObject({ manifest: Manifest });

/**
 * The log as JSON lines, one an entry, closed by a manifest. Each item ends in a line feed; write them as they come.
 * @throws {StoreDown}
 */
export async function* exportLog(source: LogSource, now: () => Date): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let entries = 0;
  let head: { seq: string; chain_hash: string } | null = null;
  for await (const row of rowsOf(source)) {
    const line = {
      seq: row.seq,
      recorded_at: Number.isNaN(row.recordedAt.getTime()) ? 'not a time' : row.recordedAt.toISOString(),
      body: row.body,
      leaf_hash: row.leafHash,
      prev_hash: row.prevHash,
      chain_hash: row.chainHash,
    };
    const text = `${JSON.stringify(line)}\n`;
    hash.update(text);
    entries += 1;
    head = { seq: row.seq, chain_hash: row.chainHash };
    yield text;
  }
  const manifest = { format: FORMAT, exported_at: now().toISOString(), entries, head, sha256: hash.digest('hex') };
  yield `${JSON.stringify({ manifest })}\n`;
}

/** Checks an exported file with nothing but the file: what {@link verifyLog} checks, and that the file is whole. */
export async function verifyExport(file: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  await assertFile(file);
  const reader = makeExportReader(file);
  const result = await verifyLog(reader.rows(), options);
  const problems: Problem[] = [
    ...result.problems,
    ...reader.problems(result).map((detail) => ({ seq: result.head?.seq ?? '0', kind: 'export' as const, detail })),
  ];
  return { ...result, ok: problems.length === 0, problems };
}

/** @throws {InputError} */
async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? 'unreadable');
  if (typeof found !== 'string' && found.isFile()) return;
  const problem = typeof found === 'string' ? `${file} cannot be read (${found})` : `${file} is no file`;
  throw new InputError([{ field: '--file', problem, fix: 'name what `slipway audit export` wrote' }]);
}

function makeExportReader(file: string) {
  const hash = createHash('sha256');
  const unreadable: string[] = [];
  let manifest: z.infer<typeof Manifest> | null = null;
  let written = '';

  async function* rows(): AsyncGenerator<LogRow> {
    let number = 0;
    for await (const text of readLines(file)) {
      number += 1;
      if (manifest !== null) {
        unreadable.push(`line ${number}: stands after the manifest`);
        return;
      }
      const parsed = z.union([Line, ManifestLine]).safeParse(parseJson(text));
      if (!parsed.success) {
        unreadable.push(`line ${number}: is neither an entry nor a manifest`);
        continue;
      }
      if ('manifest' in parsed.data) {
        manifest = parsed.data.manifest;
        written = hash.digest('hex');
        continue;
      }
      hash.update(`${text}\n`);
      yield toRow(parsed.data);
    }
  }

  function problems(result: VerifyResult): string[] {
    if (manifest === null) return [...unreadable, 'the file has no manifest: its end is missing'];
    const found = [...unreadable];
    if (manifest.entries !== result.entries)
      found.push(`holds ${result.entries} entries, its manifest says ${manifest.entries}`);
    if (manifest.sha256 !== written) found.push('its lines are not those its manifest was made of');
    const { head } = manifest;
    if (head?.seq !== result.head?.seq || head?.chain_hash !== result.head?.chainHash) {
      found.push('its last entry is not the one its manifest names');
    }
    return found;
  }

  return { rows, problems };
}

function toRow(line: z.infer<typeof Line>): LogRow {
  return {
    seq: line.seq,
    recordedAt: new Date(line.recorded_at),
    body: line.body,
    leafHash: line.leaf_hash,
    prevHash: line.prev_hash,
    chainHash: line.chain_hash,
    columns: null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import type { DiffFile } from '../../parse-diff.ts';
import type { ChangeContext } from '../change-context.ts';
import type { Item, PlacedItem } from '../compare-items.ts';
import { isTestFile } from '../file-kind.ts';
import { looksLikeOpenApi, readApiDocument } from './openapi.ts';
import { looksLikeDataSchema, readDataSchema } from './payloads/data-schemas.ts';

const SAMPLES = /(?:^|\/)(?:fixtures|testdata|__fixtures__|examples?|samples?|node_modules|vendor)\//;

interface Compared {
  readonly broken: readonly PlacedItem[];
  readonly unknown: readonly string[];
}

interface Document {
  readonly offers: readonly Item[];
  readonly demands: readonly Item[];
}

const EMPTY: Document = { offers: [], demands: [] };

/** What a description no longer offers, and what it asks of those who relied on what it offered. */
function compare(base: Document, head: Document, paths: { base: string; head: string }): PlacedItem[] {
  const offered = new Set(head.offers.map((item) => item.key));
  const asked = new Set(base.demands.map((item) => item.key));
  const known = new Set(base.offers.map((item) => item.key));
  return [
    ...base.offers.filter((item) => !offered.has(item.key)).map((item) => ({ ...item, path: paths.base })),
    // A demand of something new breaks nobody.
    ...head.demands
      .filter((item) => !asked.has(item.key) && known.has(item.key.slice(0, item.key.lastIndexOf(' <- '))))
      .map((item) => ({ ...item, path: paths.head })),
  ];
}

type Read = (path: string, text: string) => Document | null;

function readerOf(path: string, text: string): Read | null {
  if (looksLikeOpenApi(path, text)) return readApiDocument;
  return looksLikeDataSchema(path, text) && !isTestFile(path) ? readDataSchema : null;
}

async function compareOne(context: ChangeContext, file: DiffFile): Promise<Compared> {
  const path = file.previousPath ?? file.path;
  const before = await context.rawText(file, 'base');
  const read = before === null ? null : readerOf(path, before);
  if (before === null || read === null) return { broken: [], unknown: [] };
  const after = await context.rawText(file, 'head');
  const whole = (await context.isWhole(file, 'base')) && (await context.isWhole(file, 'head'));
  if (!whole && read === readDataSchema) return { broken: [], unknown: [] };
  const base = whole ? read(path, before) : null;
  const head = after === null ? EMPTY : whole ? read(file.path, after) : null;
  if (base === null || head === null)
    return {
      broken: [],
      unknown: [`${file.path}: this API description could not be read whole, so what it removes is not known`],
    };
  return { broken: compare(base, head, { base: path, head: file.path }), unknown: [] };
}

/** Descriptions of interfaces and of data that stand in files of their own: OpenAPI, AsyncAPI, JSON Schema, Avro. */
export async function compareDocuments(context: ChangeContext): Promise<Compared> {
  const broken: PlacedItem[] = [];
  const unknown: string[] = [];
  for (const file of context.files) {
    if (file.binary || file.status === 'added' || SAMPLES.test(file.path)) continue;
    const compared = await compareOne(context, file);
    broken.push(...compared.broken);
    unknown.push(...compared.unknown);
  }
  return { broken, unknown };
}

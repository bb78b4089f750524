import type { DiffFile } from '../../../parse-diff.ts';
import type { ChangeContext } from '../../change-context.ts';
import { compareItems, compareLost, type PlacedItem } from '../../compare-items.ts';
import { isSupportFile } from '../../file-kind.ts';
import { readHandlerParameters } from '../routes/handler-parameters.ts';
import { readTransferFields } from './read-transfer-fields.ts';

const CODE = /\.(?:py|ts|m?js|java|kt|cs|go|rs|rb|jbuilder|php|ex)$/;

/** What answers no longer hold, and what requests must hold now, as handlers and the classes they take and give say it. */
export async function comparePayloads(context: ChangeContext): Promise<PlacedItem[]> {
  const select = (file: DiffFile, path: string) => !file.binary && CODE.test(path) && !isSupportFile(path);
  const fields = await compareLost(context, select, (path, code) => readTransferFields(path, code).offers);
  const routes = await compareLost(context, select, (path, code) => readHandlerParameters(path, code).routes);
  if (fields.base.length === 0 && routes.base.length === 0) return [];

  // A class that is gone is renamed or no longer used; no caller sees its name.
  const kept = new Set(fields.head.map(({ key }) => ownerOf(key)));
  const lost = fields.removed.filter(({ key }) => kept.has(ownerOf(key)));

  const known = new Set(fields.base.map(({ key }) => ownerOf(key)));
  const asked = await compareItems(context, select, (path, code) => readTransferFields(path, code).demands);
  const served = new Set(routes.base.map(({ key }) => key));
  const sent = await compareItems(context, select, (path, code) => readHandlerParameters(path, code).demands);
  return [
    ...lost,
    ...asked.added.filter(({ key }) => known.has(ownerOf(key))),
    ...sent.added.filter(({ key }) => served.has(key.split(' <- ', 1)[0] ?? '')),
  ];
}

function ownerOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

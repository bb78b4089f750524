import type { Item } from './compare-items.ts';
import { extensionOf } from './file-kind.ts';
import { dieselColumns, doctrineColumns, ectoColumns, goColumns, jpaColumns } from './other-models.ts';
import { prismaColumns } from './prisma-models.ts';
import { pythonColumns } from './python-models.ts';
import { decoratedColumns, tableObjects } from './script-models.ts';

/** Columns that an ORM model defines: one that goes, comes or changes type changes the schema, migration or not. */
export function extractModelColumns(path: string, code: string): Item[] {
  switch (extensionOf(path)) {
    case 'py':
      return pythonColumns(code);
    case 'ts':
    case 'js':
    case 'mjs':
    case 'cjs':
    case 'mts':
      return [...decoratedColumns(code), ...tableObjects(code)];
    case 'prisma':
      return prismaColumns(code);
    case 'ex':
      return ectoColumns(code);
    case 'rs':
      return dieselColumns(code);
    case 'go':
      return goColumns(code);
    case 'java':
    case 'kt':
      return jpaColumns(code);
    case 'php':
      return doctrineColumns(code);
    default:
      return [];
  }
}

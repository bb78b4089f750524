import type { Item } from '../compare-items.ts';
import { extensionOf } from '../file-kind.ts';
import { decoratedColumns } from './decorated-classes.ts';
import { doctrineColumns } from './doctrine-models.ts';
import { documentFields } from './document-schemas.ts';
import { dotnetColumns } from './dotnet-models.ts';
import { ectoColumns } from './ecto-models.ts';
import { goColumns } from './go-models.ts';
import { jpaColumns } from './jpa-models.ts';
import { exposedColumns } from './kotlin-tables.ts';
import { mappedElements, swiftTables } from './mapped-elements.ts';
import { prismaColumns } from './prisma-models.ts';
import { pythonColumns } from './python-models.ts';
import { rustColumns } from './rust-models.ts';
import { tableObjects } from './table-objects.ts';

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
      return [...decoratedColumns(code), ...tableObjects(code), ...documentFields(code)];
    case 'prisma':
      return prismaColumns(code);
    case 'ex':
      return ectoColumns(code);
    case 'rs':
      return rustColumns(code);
    case 'go':
      return goColumns(code);
    case 'java':
      return jpaColumns(code);
    case 'kt':
      return [...jpaColumns(code), ...exposedColumns(code)];
    case 'cs':
      return dotnetColumns(path, code);
    case 'swift':
      return swiftTables(code);
    case 'xml':
      return mappedElements(code);
    case 'php':
      return doctrineColumns(code);
    default:
      return [];
  }
}

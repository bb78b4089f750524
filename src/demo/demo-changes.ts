import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { packageRoot } from '../package-root.ts';

export interface DemoChange {
  readonly key: 'good' | 'breaks_in_production' | 'migration' | 'leak';
  /** Of the pull request. */
  readonly title: string;
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Of the commit. */
  readonly message: string;
  /** Path in the repository and its new text; null = the file is deleted. */
  files(): Record<string, string | null>;
}

/** Where the sample service is; its files are the first commit of the demo's repository. */
export const sampleServiceDirectory = join(packageRoot, 'examples', 'sample-service');
const changesDirectory = join(packageRoot, 'examples', 'sample-service-changes');

/** Pull requests as people open them; each is based on the sample service as it stands and merges cleanly with the others. */
export const demoChanges: readonly DemoChange[] = [
  {
    key: 'good',
    title: 'Add bulk discounts',
    branch: 'bulk-discount',
    author: { name: 'Nina Okafor', email: 'nina@example.com' },
    message: 'Add bulk discounts\n\nShops that buy ten or more of an item get a discount, shown by GET /discount.\n',
    files: () => readTree(join(changesDirectory, '1-bulk-discount')),
  },
  {
    key: 'breaks_in_production',
    title: 'Remember rendered items',
    branch: 'remember-items',
    author: { name: 'Tomas Lind', email: 'tomas@example.com' },
    message: 'Remember rendered items\n\nPopular items were rendered again for every request.\n',
    files: () => readTree(join(changesDirectory, '2-remember-items')),
  },
  {
    key: 'migration',
    title: 'Show whether an item is in stock',
    branch: 'item-stock',
    author: { name: 'Nina Okafor', email: 'nina@example.com' },
    message: 'Show whether an item is in stock\n\nAdds a column to items; GET /items/:id tells the availability.\n',
    files: () => readTree(join(changesDirectory, '3-item-stock')),
  },
  {
    key: 'leak',
    title: 'Prepare the invoice archive',
    branch: 'invoice-archive',
    author: { name: 'Jonas Weber', email: 'jonas@example.com' },
    message: 'Prepare the invoice archive\n\nNobody should need /version any more.\n',
    files: () => fillIn(readTree(join(changesDirectory, '4-invoice-archive'))),
  },
];

/** All files under a directory by their path with forward slashes. */
export function readTree(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return Object.fromEntries(
    paths.map((path) => [relative(directory, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
  );
}

/** Texts in the shape of a cloud provider's credentials, made here so that none lies in this repository. They open nothing. */
function fillIn(files: Record<string, string>): Record<string, string> {
  const noise = createHash('sha256')
    .update('a credential that opens nothing')
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '');
  const keyId = `AK${'IA'}${noise
    .toUpperCase()
    .replaceAll(/[^A-Z2-7]/g, '')
    .padEnd(16, 'Q')
    .slice(0, 16)}`;
  const secret = noise.padEnd(40, 'q7').slice(0, 40);
  const fill = (text: string): string =>
    text.replaceAll('{{ACCESS_KEY_ID}}', keyId).replaceAll('{{SECRET_KEY}}', secret);
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, fill(text)]));
}

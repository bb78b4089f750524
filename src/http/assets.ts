import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Application } from 'express';
import { packageRoot } from '../package-root.ts';

const ROOT = join(packageRoot, 'public');

/** The pages' own files; the address changes with the content, so browsers may keep them for ever. */
export const ASSETS = {
  style: addressOf('slipway.css'),
  live: addressOf('live.js'),
  icon: addressOf('icon.svg'),
} as const;

function addressOf(file: string): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, file)))
    .digest('hex');
  return `/assets/${file}?v=${hash.slice(0, 12)}`;
}

export function mountAssets(app: Application): void {
  app.use('/assets', express.static(ROOT, { index: false, redirect: false, immutable: true, maxAge: '30d' }));
}

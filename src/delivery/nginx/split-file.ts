import { createHash } from 'node:crypto';

/** A share is told and read back with two decimals of a percent, the finest that split_clients takes. */
export function isSplittable(pct: number): boolean {
  return Math.abs(pct * 100 - Math.round(pct * 100)) < 1e-9;
}

/**
 * The file that nginx includes: which arm a request takes, and a line by which a probe knows what is in force. Named by its
 * own content, so that the same share always gives the same file.
 */
export function renderSplitFile(service: string, canaryPct: number): { text: string; state: string } {
  const name = service.replaceAll('-', '_');
  const pct = canaryPct.toFixed(2);
  const rules = { '0.00': '* production;', '100.00': '* canary;' }[pct] ?? `${pct}% canary; * production;`;
  const split = `split_clients "$request_id" $slipway_${name}_arm { ${rules} }`;
  const state = `canary_pct=${pct} file=${createHash('sha256').update(split).digest('hex').slice(0, 12)}`;
  const lines = [
    '# Written by Slipway; changes are lost. docs/delivery.md says how it is used.',
    split,
    `split_clients "x" $slipway_${name}_state { * "${state}"; }`,
  ];
  return { text: `${lines.join('\n')}\n`, state };
}

/** What a probe was told; null when it is another text. */
export function parseState(text: string): number | null {
  const found = /^canary_pct=(\d{1,3}\.\d\d) file=[0-9a-f]{12}$/.exec(text.trim());
  return found === null ? null : Number(found[1]);
}

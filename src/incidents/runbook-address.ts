/**
 * Where the server shows a runbook that an incident or an alert names by its file (`docs/runbooks/canary-down.md`): a path,
 * or with the server's public address an address that opens anywhere. Null for what is no runbook. Pure.
 */
export function runbookAddress(file: string, serverUrl: string | null): string | null {
  const name = /^docs\/runbooks\/([a-z0-9-]+)\.md$/.exec(file)?.[1];
  return name === undefined ? null : `${serverUrl ?? ''}/runbooks/${name}`;
}

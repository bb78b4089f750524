import type { CommandEntry } from './command-entry.ts';

/** Commands that start a part of the fleet or open its stores; they run where the fleet runs. */
export const FLEET_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'see four pull requests go to production, or not',
    load: async () => (await import('./demo.ts')).registerDemo,
  },
  {
    name: 'demo-traffic',
    summary: 'send steady traffic to a service',
    load: async () => (await import('./demo-traffic.ts')).registerDemoTraffic,
  },
  { name: 'up', summary: 'run everything on this machine', load: async () => (await import('./up.ts')).registerUp },
  {
    name: 'server',
    summary: 'serve API, pages, board and metrics',
    load: async () => (await import('./server.ts')).registerServer,
  },
  { name: 'worker', summary: 'run one worker replica', load: async () => (await import('./worker.ts')).registerWorker },
  {
    name: 'guard',
    summary: 'take canaries that nobody watches out of traffic',
    load: async () => (await import('./guard.ts')).registerGuard,
  },
  {
    name: 'signer',
    summary: 'sign heads of the record',
    load: async () => (await import('./signer.ts')).registerSigner,
  },
  {
    name: 'migrate',
    summary: 'bring the database to this version',
    load: async () => (await import('./migrate.ts')).registerMigrate,
  },
  {
    name: 'local-target',
    summary: 'run the local delivery target',
    load: async () => (await import('./local-target.ts')).registerLocalTarget,
  },
  {
    name: 'audit verify',
    summary: 'check the record from its first entry to its last',
    load: async () => (await import('./audit-verify.ts')).registerAuditVerify,
  },
  {
    name: 'audit keygen',
    summary: 'make the key that signs heads of the record',
    load: async () => (await import('./audit-keygen.ts')).registerAuditKeygen,
  },
  {
    name: 'audit export',
    summary: 'print the whole record as JSON lines',
    load: async () => (await import('./audit-export.ts')).registerAuditExport,
  },
  {
    name: 'token create',
    summary: 'make a token and print it once',
    load: async () => (await import('./token-create.ts')).registerTokenCreate,
  },
  { name: 'token list', summary: 'list tokens', load: async () => (await import('./token-list.ts')).registerTokenList },
  {
    name: 'token revoke',
    summary: 'end a token and its sessions',
    load: async () => (await import('./token-revoke.ts')).registerTokenRevoke,
  },
];

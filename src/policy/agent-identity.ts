/** Addresses and logins under which agents commit. Logins that end in [bot] are agents whoever runs them. */
const KNOWN_AGENTS: ReadonlySet<string> = new Set([
  'noreply@anthropic.com',
  'slipway@localhost',
  'copilot',
  'copilot-swe-agent',
  'cursoragent',
  'cursoragent@cursor.com',
  'devin-ai-integration',
  'openhands@all-hands.dev',
]);

const BOT_LOGIN = /\[bot\]$/;
const BOT_ADDRESS = /^(?:\d+\+)?[a-z0-9-]+\[bot\]@users\.noreply\.github\.com$/;

/** Whether an e-mail or login belongs to an agent: one that is known, named in `approvals.agents`, or a forge's bot. */
export function isAgentIdentity(identity: string, configured: readonly string[]): boolean {
  const key = identity.trim().toLowerCase();
  return (
    BOT_LOGIN.test(key) ||
    BOT_ADDRESS.test(key) ||
    KNOWN_AGENTS.has(key) ||
    configured.some((agent) => agent.trim().toLowerCase() === key)
  );
}

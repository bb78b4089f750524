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
/** An account's private commit address at GitHub; the login of an agent stands in it like any other. */
const NOREPLY = /^(?:\d+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$/;

/** Whether an e-mail or login belongs to an agent: one that is known, named in `approvals.agents`, or a forge's bot. */
export function isAgentIdentity(identity: string, configured: readonly string[]): boolean {
  const key = identity.trim().toLowerCase();
  const login = NOREPLY.exec(key)?.[1] ?? key;
  const isNamed = (agent: string) => agent === key || agent === login;
  return (
    BOT_LOGIN.test(login) ||
    [...KNOWN_AGENTS].some(isNamed) ||
    configured.some((agent) => isNamed(agent.trim().toLowerCase()))
  );
}

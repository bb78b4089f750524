import { describe, expect, it } from 'vitest';
import { parseGitCredentials } from '../../../src/config/git-credentials.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('git credentials', () => {
  it('are one sign-in for each host, decoded, with a port where there is one', () => {
    const text = '# the forge\nhttps://x-access-token:abc%2F1@git.example.com\r\n\nhttps://bot:two@10.0.0.1:8443\n';
    expect(parseGitCredentials(text)).toEqual({
      kind: 'credentials',
      credentials: [
        { origin: 'https://git.example.com', authorization: basic('x-access-token:abc/1') },
        { origin: 'https://10.0.0.1:8443', authorization: basic('bot:two') },
      ],
    });
  });

  it.each([
    ['hidden', 'is not an address'],
    ['http://a:hidden@host', 'clear text'],
    ['https://hidden@host', 'lacks a user or a token'],
    ['https://:hidden@host', 'lacks a user or a token'],
    ['https://a:hidden@host/path', 'more than a host'],
    ['https://a:b@other\nhttps://a:hidden@other', 'line 2 names a host a second time'],
  ])('refuse %s and name the line, not the secret', (text, problem) => {
    const parsed = parseGitCredentials(text);
    expect(parsed).toMatchObject({ kind: 'problem', problem: expect.stringContaining(problem) });
    expect(parsed).toMatchObject({ problem: expect.stringMatching(/^line \d/) });
    expect(JSON.stringify(parsed)).not.toContain('hidden');
  });
});

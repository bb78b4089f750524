import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactOutput, tailBytes } from '../../../src/sandbox/redact-output.ts';

describe('redactOutput', () => {
  it.each([
    ['makes job paths relative', 'at file:///job/test/a.js:3 and /job/b.js', 'at test/a.js:3 and b.js'],
    [
      'masks host paths',
      "open '/root/.ssh/id' or /home/ann/x, /tmp/slipway-1/job",
      "open '[host path]' or [host path], [host path]",
    ],
    [
      'keeps relative and system paths',
      'src/tmp/x.js /usr/lib/node node:internal',
      'src/tmp/x.js /usr/lib/node node:internal',
    ],
    [
      'masks settings',
      'DATABASE_URL=postgres://u:p@h/db NODE_OPTIONS="--x --y" a=b',
      'DATABASE_URL=[redacted] NODE_OPTIONS=[redacted] a=b',
    ],
    ['drops colours and hidden marks', '\u001b[31mred\u001b[0m\u202e\u200b\u0007 ok\ttab', 'red ok\ttab'],
  ])('%s', (_what, text, wanted) => {
    expect(redactOutput(text)).toBe(wanted);
  });

  it('keeps the end, at most 8 KB, cut between characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '中', '😀'), maxLength: 30 }),
        fc.integer({ min: 0, max: 60 }),
        (text, max) => {
          const tail = tailBytes(text, max);
          expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(Math.max(max, 0));
          expect(Buffer.from(text).toString('utf8').endsWith(tail)).toBe(true);
        },
      ),
    );
    expect(Buffer.byteLength(redactOutput('é'.repeat(20_000)))).toBeLessThanOrEqual(8192);
  });
});

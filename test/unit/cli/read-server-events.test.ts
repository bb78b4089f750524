import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerEvents, type ServerEvent } from '../../../src/cli/read-server-events.ts';

async function readAll(text: string, cuts: readonly number[] = []): Promise<ServerEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const points = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [index, point] of points.entries()) yield bytes.slice(point, points[index + 1]);
  }
  const events: ServerEvent[] = [];
  for await (const event of readServerEvents(chunks())) events.push(event);
  return events;
}

const STREAM = [
  ': a comment\r\n',
  'retry: 2000\n\n',
  'id: 7\nevent: review.complete\ndata: {"a":"é"}\n\n',
  'data: two\rdata:lines\r\r',
  'id: 9\r\ndata\r\n\r\n',
  'event: crlf\r\ndata: a\r\ndata: b\r\n\r\n',
  'event: unfinished\ndata: x\n',
].join('');

describe('readServerEvents', () => {
  it('reads events as the standard says', async () => {
    expect(await readAll(STREAM)).toEqual([
      { id: '7', event: 'review.complete', data: '{"a":"é"}' },
      { id: '7', event: 'message', data: 'two\nlines' },
      { id: '9', event: 'message', data: '' },
      { id: '9', event: 'crlf', data: 'a\nb' },
    ]);
  });

  it('reads the same however the stream is cut', async () => {
    const whole = await readAll(STREAM);
    for (let cut = 0; cut <= STREAM.length; cut += 1) expect(await readAll(STREAM, [cut])).toEqual(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), async (cuts) => {
        expect(await readAll(STREAM, cuts)).toEqual(whole);
      }),
    );
  });

  it('gives up on a line without end', async () => {
    await expect(readAll(`data: ${'x'.repeat(4_000_001)}`)).rejects.toThrow('a line without end');
  });
});

import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { InputError } from '../errors.ts';
import { ProblemError } from './problem-error.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** JSON bodies up to the limit; anything else that has a body is refused by its name. */
export function makeReadJson(maxBytes: number): RequestHandler {
  return makeReadBody('application/json', maxBytes, parseJson);
}

/** The pages' forms, as URLSearchParams. */
export function makeReadForm(maxBytes: number): RequestHandler {
  return makeReadBody('application/x-www-form-urlencoded', maxBytes, (text) => new URLSearchParams(text));
}

/**
 * Reads no byte past the limit. (Express' own parsers answer 413 only once they have read the whole request, however
 * long it is.) Compressed bodies are refused: what they inflate to is not known before.
 */
function makeReadBody(type: string, maxBytes: number, parse: (text: string) => unknown): RequestHandler {
  return async function readBody(req: Request, _res: Response, next: NextFunction) {
    if (req.is(type) !== type)
      throw new ProblemError(415, 'unsupported_type', `Send ${type}.`, {
        problems: [{ field: 'Content-Type', problem: `must be ${type}` }],
      });
    if ((req.headers['content-encoding'] ?? 'identity') !== 'identity')
      throw new ProblemError(415, 'unsupported_encoding', 'The body must not be compressed.');
    req.body = parse(decode(await readBytes(req, maxBytes)));
    next();
  };
}

function readBytes(req: Request, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (act: () => void) => {
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      req.pause();
      act();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) end(() => reject(tooLarge(maxBytes)));
    };
    const onEnd = () => end(() => resolve(Buffer.concat(chunks)));
    const onClose = () => end(() => reject(new ProblemError(400, 'aborted', 'The request ended before its body did.')));
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge(maxBytes));
    req.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(
    413,
    'body_too_large',
    `The body is larger than ${maxBytes} bytes (server.max_body_kb). Send ids and shas, not diffs.`,
  );
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new InputError([{ field: 'body', problem: 'is not UTF-8' }]);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problems = [{ field: 'body', problem: 'is not valid JSON', fix: 'send one JSON object' }];
    throw new ProblemError(
      400,
      'bad_json',
      `The body is not valid JSON: ${error instanceof Error ? error.message : ''}`,
      { problems },
    );
  }
}

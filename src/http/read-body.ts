import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { InputError } from '../errors.ts';
import { ProblemError } from './problem-error.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** JSON bodies up to the limit; anything else that has a body is refused by its name. */
export function makeReadJson(maxBytes: number): RequestHandler {
  return makeReadBody('application/json', describeLimit(maxBytes), parseJson);
}

/** The pages' forms, as URLSearchParams. */
export function makeReadForm(maxBytes: number): RequestHandler {
  return makeReadBody(
    'application/x-www-form-urlencoded',
    describeLimit(maxBytes),
    (text) => new URLSearchParams(text),
  );
}

/** The bytes as they came, for what is signed; `parseJsonBytes` reads them once the signature holds. */
export async function readSignedBytes(req: Request, maxBytes: number): Promise<Buffer> {
  return readBytes(req, { maxBytes, advice: '. Subscribe the hook to pull requests only.' });
}

/** @throws {ProblemError} 415 when the body is of another type or compressed. */
export function requireType(req: Request, type: string): void {
  if (req.is(type) !== type)
    throw new ProblemError(415, 'unsupported_type', `Send ${type}.`, {
      problems: [{ field: 'Content-Type', problem: `must be ${type}` }],
    });
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new ProblemError(415, 'unsupported_encoding', 'The body must not be compressed.');
}

/** @throws {InputError} for bytes that are no UTF-8; {ProblemError} `bad_json` for text that is no JSON. */
export function parseJsonBytes(bytes: Buffer): unknown {
  return parseJson(decode(bytes));
}

interface BodyLimit {
  readonly maxBytes: number;
  /** The end of the refusal: where the limit comes from and what to do about it. */
  readonly advice: string;
}

function describeLimit(maxBytes: number): BodyLimit {
  return { maxBytes, advice: ' (server.max_body_kb). Send ids and shas, not diffs.' };
}

/**
 * Reads no byte past the limit. (Express' own parsers answer 413 only once they have read the whole request, however
 * long it is.) Compressed bodies are refused: what they inflate to is not known before.
 */
function makeReadBody(type: string, limit: BodyLimit, parse: (text: string) => unknown): RequestHandler {
  return async function readBody(req: Request, _res: Response, next: NextFunction) {
    requireType(req, type);
    req.body = parse(decode(await readBytes(req, limit)));
    next();
  };
}

function readBytes(req: Request, limit: BodyLimit): Promise<Buffer> {
  const { maxBytes } = limit;
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
      if (size > maxBytes) end(() => reject(tooLarge(limit)));
    };
    const onEnd = () => end(() => resolve(Buffer.concat(chunks)));
    const onClose = () => end(() => reject(new ProblemError(400, 'aborted', 'The request ended before its body did.')));
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge(limit));
    req.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}

function tooLarge({ maxBytes, advice }: BodyLimit): ProblemError {
  return new ProblemError(413, 'body_too_large', `The body is larger than ${maxBytes} bytes${advice}`);
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

import type { NextFunction, Request, Response } from 'express';

const LINGER_BYTES = 256 * 1024;
const LINGER_MS = 2_000;

/**
 * Once a request is answered before its body has come in (too large, not allowed), reads a little more so that the
 * client can see the answer and a small rest does no harm, then cuts the connection: nobody makes us read for ever.
 * Left alone, Node would read to the end and throw it away.
 */
export function cutUnreadBody(req: Request, res: Response, next: NextFunction): void {
  res.once('prefinish', () => {
    if (!req.complete) lingerThenCut(req);
  });
  next();
}

function lingerThenCut(req: Request): void {
  let bytes = 0;
  const timer = setTimeout(() => req.socket.destroy(), LINGER_MS);
  timer.unref();
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) req.socket.destroy();
  });
  req.once('end', () => clearTimeout(timer));
  req.once('close', () => clearTimeout(timer));
  // Begins reading before the answer is out: a request nobody has read by then is drained by Node, past this listener.
  req.read(0);
  req.resume();
}

// Loaded into a process before its program (NODE_OPTIONS=--import=…): its wall clock is off by the milliseconds that the file
// $STEPPED_CLOCK says, read anew at SIGUSR2. What never jumps (timers, performance.now, hrtime) does not jump here either.
import { readFileSync } from 'node:fs';

const Real = globalThis.Date;
let offsetMs = 0;
function read() {
  offsetMs = Number(readFileSync(process.env.STEPPED_CLOCK, 'utf8'));
}
const now = () => Real.now() + offsetMs;
if (process.env.STEPPED_CLOCK !== undefined) {
  read();
  process.on('SIGUSR2', read);
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, asked) => Reflect.construct(target, args.length === 0 ? [now()] : args, asked),
    apply: (target) => new target(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}

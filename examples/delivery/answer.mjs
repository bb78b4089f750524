// Slipway's delivery protocol for programs in JavaScript: one question on stdin, one answer on stdout, an exit code.
// docs/delivery.md describes it; any other language will do as well.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** It will never be done: exit code 3. */
export class Refused extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
    this.exitCode = 3;
  }
}

/** Not now, perhaps later: exit code 75. */
export class Later extends Refused {
  constructor(code, detail) {
    super(code, detail);
    this.exitCode = 75;
  }
}

/** Answers one question with the verb of that name. What throws anything else ends with code 1: Slipway tries again. */
export async function answer(verbs) {
  try {
    const question = JSON.parse(readFileSync(0, 'utf8'));
    if (question.protocol !== 1) throw new Refused('PROTOCOL', `protocol ${question.protocol} is not known, only 1`);
    const verb = verbs[question.verb];
    if (verb === undefined) throw new Refused('NO_VERB', `${question.verb} is not done by this program`);
    console.log(JSON.stringify((await verb(question)) ?? {}));
  } catch (error) {
    if (error instanceof Refused) console.log(JSON.stringify({ code: error.code, detail: error.message }));
    else console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof Refused ? error.exitCode : 1;
  }
}

/** Runs a tool without a shell and returns what it wrote on stdout. Throws with what it wrote on stderr. */
export function run(file, args, input = '') {
  try {
    return execFileSync(file, args, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'], timeout: 45_000 });
  } catch (error) {
    throw new Error(`${file} ${args.join(' ')}: ${String(error.stderr || error.message).trim()}`);
  }
}

/** Asks again for at most `seconds`. */
export async function until(ask, seconds) {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (ask()) return true;
    await new Promise((wake) => setTimeout(wake, 250));
  }
  return false;
}

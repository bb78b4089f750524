import { randomBytes } from 'node:crypto';

/** Secrets of a test, by what they are for. Unmistakable, and made at run time. */
export type Canaries = Readonly<Record<string, string>>;

export function makeCanary(name: string): string {
  return `canary-${name}-${randomBytes(16).toString('hex')}`;
}

/** Finds the names of the canaries that stand in some bytes: as they are, in hex, or in base64 at any offset. */
export function makeCanaryFinder(canaries: Canaries): (bytes: Buffer | string) => string[] {
  const needles = Object.entries(canaries).map(([name, value]) => ({ name, forms: formsOf(value) }));
  return function findCanaries(bytes) {
    const haystack = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    return needles.filter(({ forms }) => forms.some((form) => haystack.includes(form))).map(({ name }) => name);
  };
}

function formsOf(value: string): Buffer[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString('base64');
    // The first and last groups also hold bits of the neighbours.
    return text.slice(shift === 0 ? 0 : 4, Math.floor((shift + value.length) / 3) * 4);
  });
  return [value, Buffer.from(value).toString('hex'), ...base64].map((form) => Buffer.from(form));
}

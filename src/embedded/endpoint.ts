import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** How an embedded server is reached. Kept, so that clients of before a restart find it again at the same place. */
const Endpoint = z.strictObject({
  port: z.int().min(1).max(65_535).optional(),
  password: z.string().regex(/^[A-Za-z0-9_-]{32,}$/),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** Reads the kept endpoint; makes a new one (random password, no port yet) when there is none. */
export async function readOrMakeEndpoint(file: string): Promise<{ endpoint: Endpoint; isNew: boolean }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const endpoint = { password: randomBytes(24).toString('base64url') };
    await writeEndpoint(file, endpoint);
    return { endpoint, isNew: true };
  }
  return { endpoint: parseEndpoint(file, text), isNew: false };
}

/** Replaces the file in one step; only its owner may read it. */
export async function writeEndpoint(file: string, endpoint: Endpoint): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, `${JSON.stringify(endpoint)}\n`, { mode: 0o600 });
  await rename(next, file);
}

function parseEndpoint(file: string, text: string): Endpoint {
  try {
    return Endpoint.parse(JSON.parse(text));
  } catch (cause) {
    // The text is not shown: it may hold the password.
    throw new Error(
      `${file} is damaged. Put it back from a copy; without its password the data beside it cannot be opened.`,
      {
        cause: cause instanceof z.ZodError ? cause : undefined,
      },
    );
  }
}

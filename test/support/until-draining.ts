import { eventually } from './eventually.ts';

/** Until a worker that was told to end says so: not ready, because it drains. */
export async function untilDraining({ url }: { readonly url: string }): Promise<void> {
  await eventually('it says that it drains', async () => {
    const response = await fetch(`${url}/readyz`);
    const { reasons } = (await response.json()) as { reasons: string[] };
    return response.status === 503 && reasons.includes('draining');
  });
}

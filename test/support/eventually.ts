/** Asks again until the answer is neither null nor undefined nor false. @throws with `what` after the limit. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  limitMs = 120_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

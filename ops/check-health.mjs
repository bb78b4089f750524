// HEALTHCHECK of the image: exit 0 when the address answers 2xx within 4 s, else 1 with what was heard.
// Usage: node ops/check-health.mjs URL
try {
  const response = await fetch(process.argv[2] ?? '', { redirect: 'error', signal: AbortSignal.timeout(4_000) });
  if (response.ok) process.exit(0);
  process.stderr.write(`${response.status} ${(await response.text()).slice(0, 500)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
}
process.exit(1);

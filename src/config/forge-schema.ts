import { z } from 'zod';

export const Forge = z.strictObject({
  api_url: z
    .url()
    .default('https://api.github.com')
    .describe('REST API of GitHub. GitHub Enterprise Server: `https://<host>/api/v3`.'),
  poll_every_s: z
    .int()
    .min(10)
    .max(900)
    .default(180)
    .describe('How often open pull requests are compared with the runs, where SLIPWAY_GITHUB_TOKEN is set.'),
  repos: z
    .array(z.string())
    .optional()
    .describe('Only these repositories are looked at. Left out = all that services are built from.'),
});

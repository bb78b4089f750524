import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { demoChanges } from '../../src/demo/demo-changes.ts';
import { DEMO_REPO } from '../../src/demo/demo-config.ts';
import { RunDetail } from '../../src/http/api/schemas.ts';
import { eventually } from '../support/eventually.ts';
import { openChromium } from '../support/open-chromium.ts';
import { type SmallFleet, startSmallFleet } from '../support/small-fleet.ts';

const migration = demoChanges.filter(({ key }) => key === 'migration');
const REASON = 'The column is nullable, so old and new code both work with it.';

let fleet: SmallFleet;
let browser: Browser;
let ci: string;
let runId: string;

beforeAll(async () => {
  [fleet, browser] = await Promise.all([startSmallFleet(migration), openChromium()]);
  ci = await fleet.token('ci', ['enqueue', 'read']);
  const [change] = migration;
  const answer = await fleet.ask('/v1/runs', ci, {
    repo: DEMO_REPO,
    pr_number: 1,
    head_sha: fleet.repository.heads[0],
    title: change?.title,
    author: change?.author.email,
  });
  runId = z.object({ run: z.object({ id: z.string() }) }).parse(answer.body).run.id;
  await eventually(
    'the migration waits for a person',
    async () => {
      const { run, escalations } = await readRun();
      return run.status === 'waiting' && escalations.length > 0;
    },
    60_000,
  );
});

afterAll(async () => {
  await browser?.close();
  await fleet?.close();
});

async function readRun() {
  return RunDetail.parse((await fleet.ask(`/v1/runs/${runId}`, ci)).body);
}

/** A browser profile of its own, signed in. Fails on anything a page complained about. */
async function asPerson(person: string, use: (page: Page) => Promise<void>): Promise<void> {
  const token = await fleet.token(person, ['read', 'decide'], person);
  const context = await browser.newContext();
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${fleet.serverUrl}/`);
    await page.getByLabel('Access token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Waits for you' }).waitFor();
    await use(page);
  } finally {
    await context.close();
  }
  expect(complaints).toEqual([]);
}

test('who wrote the change finds it with the others and is told why there is nothing to press', async () => {
  await asPerson('nina', async (page) => {
    expect(await page.getByText('Nothing waits for your decision.').isVisible()).toBe(true);
    await page.getByText('Waits for somebody else').click();
    await page.getByRole('link', { name: 'Show whether an item is in stock' }).first().click();
    expect(await page.getByText('somebody else has to decide').isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  });
  // Without the page it is refused for the same reason.
  const nina = await fleet.token('nina by hand', ['read', 'decide'], 'nina');
  const refused = await fleet.ask(`/v1/runs/${runId}/decision`, nina, {
    decision: 'approve',
    reason: 'mine',
    head_sha: fleet.repository.heads[0],
  });
  expect(refused).toMatchObject({ status: 403, body: { code: 'wrote_the_change' } });
  expect((await readRun()).entries.some(({ entry }) => entry.event === 'human_decision')).toBe(false);
});

test('a reviewer reads the context package and approves by keyboard; page and record say so', async () => {
  await asPerson('mara', async (page) => {
    await page.getByRole('link', { name: 'Show whether an item is in stock' }).first().click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Show whether an item is in stock');

    const changes = page.getByRole('region', { name: 'Changes' });
    expect(await changes.innerText()).toContain('migrations/');
    await changes.getByText('Show the diff').click();
    expect(await changes.innerText()).toMatch(/\+.*alter table/i);
    const { escalations } = await readRun();
    const stored = escalations[0]?.package;
    const score = page.getByRole('region', { name: 'Risk score' });
    const points = (await score.locator('tbody td').allInnerTexts()).map((text) => Number(text.replace('−', '-')));
    expect(points).toHaveLength(stored?.score.terms.length ?? -1);
    expect(points.length).toBeGreaterThan(0);
    expect(Number(await score.locator('tfoot td').innerText())).toBeCloseTo(
      points.reduce((sum, term) => sum + term, 0),
      1,
    );
    expect(await page.getByRole('region', { name: 'Facts' }).innerText()).toMatch(/schema[^\n]*\s+Yes/i);
    // Nothing is measured before the canary, so there may be no baseline: then the page shows none.
    expect(await page.getByRole('region', { name: 'Production baseline' }).count()).toBe(
      stored?.baseline == null ? 0 : 1,
    );
    expect(stored?.agent_reasoning).toBeTruthy();
    expect(await page.getByRole('region', { name: 'What the model said' }).innerText()).toContain(
      stored?.agent_reasoning?.slice(0, 40),
    );

    await page.getByLabel('Reason').focus();
    await page.keyboard.type(REASON);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Approve');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${fleet.serverUrl}/runs/${runId}?notice=approve`);
    await page.getByRole('heading', { name: 'Approved by mara' }).waitFor();
    expect(await page.getByText(REASON).first().isVisible()).toBe(true);
  });
  const { entries } = await readRun();
  const decision = entries.find(({ entry }) => entry.event === 'human_decision')?.entry;
  expect(decision).toMatchObject({
    outcome: 'approve',
    rationale: REASON,
    actor: { kind: 'human', id: 'mara' },
    head_sha: fleet.repository.heads[0],
  });
  await eventually('the run goes on to its tests', async () => (await readRun()).run.stage !== 'review');
});

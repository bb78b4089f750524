import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/store/tables.ts';
import { makeContextPackage, seedDay } from '../support/http-seeds.ts';
import { makeToken, startTestServer, type TestServer } from '../support/http-server.ts';
import { openChromium } from '../support/open-chromium.ts';
import { startOwnStores } from '../support/own-stores.ts';

let stores: Awaited<ReturnType<typeof startOwnStores>>;
let browser: Browser;
let server: TestServer;
let grace: string;
let ada: string;
let run: Run;

beforeAll(async () => {
  [stores, browser] = await Promise.all([startOwnStores(), openChromium()]);
  grace = await makeToken(stores.db, ['read', 'decide'], 'grace');
  ada = await makeToken(stores.db, ['read', 'decide'], 'ada');
});

beforeEach(async () => {
  await server?.close(0);
  server = await startTestServer(stores.db);
  run = seedDay(server.desk, new Date());
});

afterAll(async () => {
  await browser?.close();
  await server?.close(0);
  await stores?.close();
});

/** Runs `use` in a fresh browser profile and fails on anything a page complained about. */
async function withPage(
  options: Parameters<Browser['newContext']>[0],
  use: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await use(page, context);
  } finally {
    await context.close();
  }
  expect(complaints).toEqual([]);
}

async function signIn(page: Page, token: string, path = '/'): Promise<void> {
  await page.goto(server.url + path);
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(server.url + path);
}

async function storedDecision() {
  const view = await server.desk.view(run.id as never);
  const decided = view?.entries.find((entry) => entry.entry.event === 'human_decision')?.entry;
  return decided && { by: decided.actor.id, outcome: decided.outcome, rationale: decided.rationale };
}

describe.each([
  ['without JavaScript', false],
  ['with JavaScript', true],
])('a reviewer %s', (_how, javaScriptEnabled) => {
  test('signs in, opens what waits, reads why, approves with a reason', async () => {
    await withPage({ javaScriptEnabled }, async (page) => {
      await signIn(page, grace);
      await page.getByRole('link', { name: 'Add a loyalty tier to customers' }).first().click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Add a loyalty tier to customers');
      expect(await page.getByRole('region', { name: 'Findings' }).innerText()).toContain(
        'CREATE INDEX customers_by_tier',
      );
      expect(await page.getByRole('region', { name: 'Risk score' }).innerText()).toContain('7.4');
      await page.getByLabel('Reason').fill('I checked the index with the DBA.');
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.waitForURL(`${server.url}/runs/${run.id}?notice=approve`);
      expect(await page.getByRole('heading', { name: 'Approved by grace' }).isVisible()).toBe(true);
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    });
    expect(await storedDecision()).toEqual({
      by: 'grace',
      outcome: 'approve',
      rationale: 'I checked the index with the DBA.',
    });
  });

  test('can do it with the keyboard alone, after coming by a link', async () => {
    await withPage({ javaScriptEnabled }, async (page) => {
      await page.goto(`${server.url}/runs/${run.id}`);
      await page.keyboard.type(ada);
      await page.keyboard.press('Control+A');
      await page.keyboard.type(grace);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${server.url}/runs/${run.id}`);
      await page.getByLabel('Reason').focus();
      await page.keyboard.type('Too risky before the holidays.');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${server.url}/runs/${run.id}?notice=reject`);
    });
    expect(await storedDecision()).toMatchObject({ by: 'grace', outcome: 'reject' });
  });

  test('who wrote the change is told why there is no form', async () => {
    await withPage({ javaScriptEnabled }, async (page) => {
      await signIn(page, ada, `/runs/${run.id}`);
      expect(await page.getByText('somebody else has to decide').isVisible()).toBe(true);
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    });
  });
});

/** A live canary that people are asked about, for another half an hour. */
function askAboutCanary(kind: 'gate' | 'hold'): Run {
  const gate = kind === 'gate';
  const asked = server.desk.seed({ status: 'waiting', stage: 'canary', title: 'Retry the carrier', pr_number: 301 });
  const until = new Date(Date.now() + 30 * 60_000);
  const seen = gate
    ? 'healthy after 1 window(s) and 1,812 canary requests: errors at most 0.17 %, slow at most 0.17 %, with 95 % confidence'
    : 'no proof of health after 3 windows: 540 of 600 canary requests';
  const text = gate
    ? `it passed at 25 % of traffic: ${seen}. Approve gives it 50 %, reject takes it out`
    : `${seen}. Approve makes it production, extend watches it for 3 more window(s) of 10 min, reject takes it out`;
  const reasons = [{ code: gate ? 'canary_gate' : 'canary_hold', text }];
  const numbers = { canary_requests: 1812, canary_errors: 0, ub95_errors: 0.00165, control_error_rate: 0.0008 };
  const canary = {
    kind,
    share_pct: gate ? 25 : 5,
    to_pct: gate ? 50 : 100,
    seen,
    missing: gate ? [] : ['540 of 600 canary requests'],
    numbers,
    ticks: 74,
    until: until.toISOString(),
  };
  server.desk.escalate(asked.id, 'canary', makeContextPackage({ reasons, canary }), { deadline_at: until });
  return asked;
}

describe.each([
  ['without JavaScript', false],
  ['with JavaScript', true],
])('a live canary, %s', (_how, javaScriptEnabled) => {
  test('at a gate: its share, the one it would get, what was measured and when it goes back; let on by keyboard', async () => {
    const asked = askAboutCanary('gate');
    await withPage({ javaScriptEnabled }, async (page) => {
      await signIn(page, grace);
      const card = page.getByRole('listitem').filter({ hasText: 'Retry the carrier' }).first();
      expect((await card.innerText()).replace(/\s+/g, ' ')).toMatch(/25 %.*50 %/);
      await page.getByRole('link', { name: 'Retry the carrier' }).first().click();
      const panel = page.getByRole('region', { name: 'Your decision is needed' });
      const shown = (await panel.innerText()).replace(/\s+/g, ' ');
      for (const part of [
        'It has 25 % of traffic',
        'Approve gives it 50 %',
        'errors at most 0.17 %',
        'Rolled back without an answer in',
      ])
        expect(shown).toContain(part);
      expect(await panel.getByRole('button', { name: 'Extend' }).count()).toBe(0);
      await panel.getByText('Figures after 74 ticks').click();
      expect(await panel.getByRole('row', { name: 'canary requests 1812' }).first().isVisible()).toBe(true);
      await panel.getByLabel('Reason').focus();
      await page.keyboard.type('Looked at the carrier too.');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${server.url}/runs/${asked.id}?notice=approve`);
    });
  });

  test('on hold: what a proof lacks, and watched on by a word', async () => {
    const asked = askAboutCanary('hold');
    await withPage({ javaScriptEnabled }, async (page) => {
      await signIn(page, grace, `/runs/${asked.id}`);
      const panel = page.getByRole('region', { name: 'Your decision is needed' });
      expect(await panel.innerText()).toContain('540 of 600 canary requests');
      await panel.getByLabel('Reason').fill('A quiet night.');
      await panel.getByRole('button', { name: 'Extend' }).click();
      await page.waitForURL(`${server.url}/runs/${asked.id}?notice=extend`);
    });
  });
});

test('a gate that closes while somebody looks at it: the form goes away, and the page says why', async () => {
  const asked = askAboutCanary('gate');
  await withPage({}, async (page) => {
    await signIn(page, grace, `/runs/${asked.id}`);
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    const why = 'nobody decided before the deadline, which counts as no';
    server.desk.append(asked.id, { event: 'human_decision', stage: 'canary', outcome: 'expired', rationale: why });
    server.desk.append(asked.id, { event: 'run_finished', stage: 'release', outcome: 'rolled_back', rationale: why });
    server.desk.update(asked.id, { status: 'finished', outcome: 'rolled_back', outcome_reason: 'gate_closed' });
    await page.locator('.run-title').getByText('Rolled back').waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await page.getByText(why).first().isVisible()).toBe(true);
  });
});

test('with JavaScript the page follows the record and leaves what somebody types alone', async () => {
  await withPage({}, async (page) => {
    await signIn(page, grace, `/runs/${run.id}`);
    await page.getByLabel('Reason').fill('half a sen');
    server.desk.append(run.id, {
      event: 'stop_requested',
      stage: 'operator',
      outcome: 'cancelled',
      rationale: 'The author withdrew it.',
    });
    server.desk.update(run.id, { title: 'Withdrawn: a loyalty tier' });
    await page.getByText('The author withdrew it.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Withdrawn: a loyalty tier' }).waitFor();
    expect(await page.getByRole('status').innerText()).toBe('New on the record: run.stop_requested');
    expect(await page.getByLabel('Reason').inputValue()).toBe('half a sen');
    server.desk.append(run.id, { event: 'run_finished', stage: 'release', outcome: 'cancelled' });
    server.desk.update(run.id, { status: 'finished', outcome: 'cancelled' });
    await page.locator('.run-title').getByText('Cancelled').waitFor();
  });
});

test('a question that another person settles disappears for who is only looking', async () => {
  await withPage({}, async (page) => {
    await signIn(page, grace, `/runs/${run.id}`);
    const linus = { tokenId: 't', name: 'linus', person: 'linus', scopes: ['decide'] };
    await server.desk.decide(
      run.id as never,
      { decision: 'reject', reason: 'No.', head_sha: run.head_sha as never },
      linus,
    );
    await page.getByRole('heading', { name: 'Rejected by linus' }).waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  });
});

test.each(['/', '/runs/RUN', '/login'])('%s fits a narrow screen without scrolling sideways', async (path) => {
  await withPage({ viewport: { width: 390, height: 800 } }, async (page) => {
    await signIn(page, grace);
    await page.goto(server.url + path.replace('RUN', run.id));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});

test('single keys go through the inbox and to the decision, and leave what somebody types alone', async () => {
  await withPage({}, async (page) => {
    await signIn(page, grace);
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.waitForURL(`${server.url}/runs/${run.id}#decide`);
    await page.keyboard.press('d');
    await page.keyboard.type('jokingly did it');
    expect(await page.getByLabel('Reason').inputValue()).toBe('jokingly did it');
  });
});

test('the inbox shows what comes in, without a reload', async () => {
  await withPage({}, async (page) => {
    await page.clock.install();
    await signIn(page, grace);
    const other = server.desk.seed({ title: 'A second question', status: 'waiting', pr_number: 300 });
    server.desk.escalate(other.id, 'review', makeContextPackage());
    await page.clock.runFor(11_000);
    await page.getByRole('link', { name: 'A second question' }).first().waitFor();
    expect(await page.getByRole('region', { name: 'Waits for you' }).innerText()).toContain('you own it');
  });
});

test('the run says what was read, who owns it, what became of similar ones, and the threshold as a sum', async () => {
  await withPage({ javaScriptEnabled: false }, async (page) => {
    await signIn(page, grace, `/runs/${run.id}`);
    const text = (name: string) => page.getByRole('region', { name }).innerText();
    expect(await text('What was read')).toContain('30 of 44 lines: a line is too long for one question');
    expect(await text('Similar changes before')).toContain('Add a currency column to orders');
    expect((await text('Policy')).replace(/\s+/g, ' ')).toContain(
      'Base 7.0 tier critical −1.0 2 rollbacks in 30 days −0.5',
    );
    expect(await page.getByText('Owners:').innerText()).toContain('grace');
  });
});

test('signing out closes the page', async () => {
  await withPage({}, async (page) => {
    await signIn(page, grace);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.url}/login`);
    await page.goto(server.url);
    expect(new URL(page.url()).pathname).toBe('/login');
  });
});

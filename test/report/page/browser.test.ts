import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatPage } from '../../../src/report/page/run-page.js';
import { summaryOf, topicSummary } from '../summaries.js';
import { HAS_CHROMIUM, inkOf, show, startChromium } from './chromium.js';
import { contrastsBelow } from './contrast.js';
import { historyOf, job, pageOf } from './runs.js';

const WIDTH_OF_A_PLOT = "document.querySelector('canvas').clientWidth";
/** What the browser draws comes when it may. */
const POLLED = { timeout: 60_000 };
const PHONE = { viewport: { width: 320, height: 640 } };
const HOSTILE = `</script><script>alert(1)</script><img src="https://evil.example/x" onerror="alert(2)">'"${'long'.repeat(50)}`;

/** A page with everything on it. Topics, messages and the rest are called so. */
function fullPage(name: string): string {
  const topics = ['a', 'b'].map((letter, index) =>
    topicSummary(`${letter} ${name}`, {
      ...{ mode: 'bulk', read: 500, succeeded: 400, failed: 60, in_doubt: 10, superseded: 10, resumed: 10, unsent: 10 },
      errors: [{ code: index === 0 ? 'LOCKED' : name, count: 70, example: name, line: 3, file: name }],
      dropped_fields: { [name]: 4 },
    }),
  );
  const run = { exit_code: 3, stopped: { code: 'GONE', message: name } };
  const summary = { ...summaryOf(topics, { run, totals: { malformed: 2, unmapped: 3 } }, name), notes: [name] };
  const jobs = topics.flatMap(({ topic }, index) => [
    job(`750${index}`, 1_000, { topic, failed: 3 }),
    job(`751${index}`, 1_200, { topic }),
  ]);
  const example = { message: name, file: name, line: 3, attempts: 2, text: name };
  const failures = topics.map(({ topic }) => ({ topic, code: 'LOCKED', count: 70, examples: [example] }));
  const history = historyOf(summary, { jobs, warnings: [name] });
  return formatPage(pageOf({ summary, history, failures, retryCommand: `sfreplay ${name}` }));
}

const where = HAS_CHROMIUM
  ? 'in Chromium'
  : 'in Chromium: left out, because it is not installed (apt-get install chromium)';

describe.skipIf(!HAS_CHROMIUM)(where, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test.each([
    ['plain', 'crm.accounts'],
    ['hostile', HOSTILE],
  ])('a page of %s names is drawn, asks for nothing and complains of nothing', async (_kind, name) => {
    const { page, requests, complaints } = await show(browser, fullPage(name));
    for (const ink of await inkOf(page)) expect(ink).toBeGreaterThan(1_000);
    expect(await page.locator('canvas').count()).toBe(2);
    // It is shown as the text that it is, in the page and by the script.
    expect(await page.locator('h1').textContent()).toContain(name.slice(0, 100));
    expect(await page.locator('.legend button').nth(1).textContent()).toBe(`a ${name}`);
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });
  });

  test('without scripts the tables say it all', async () => {
    const { page } = await show(browser, fullPage('crm'), { javaScriptEnabled: false });
    expect(await page.locator('figure').first().isVisible()).toBe(false);
    expect(await page.locator('#over-time table').isVisible()).toBe(true);
    // Four jobs, each while it was loaded and worked on, and of two of them the failed part.
    expect(await page.locator('.timeline rect').count()).toBe(10);
  });

  test('the keyboard gets everywhere, along the time and to the lines', async () => {
    const { page } = await show(browser, fullPage('crm'));
    const reached: string[] = [];
    for (let count = 0; count < 60; count++) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(`(({ tagName, className, textContent: text }) =>
        className === '' ? tagName + ' ' + text.trim() : className)(document.activeElement)`);
      if (String(name).startsWith('BODY')) break;
      reached.push(String(name));
      if (name === 'canvas' && reached.filter((one) => one === name).length === 1) {
        const readout = page.locator('.readout').first();
        await page.keyboard.press('ArrowRight');
        const first = await readout.textContent();
        expect(first).toMatch(/^1\.54 s: all topics [\d.]+\/s, a crm [\d.]+\/s, b crm/);
        await page.keyboard.press('End');
        expect(await readout.textContent()).toMatch(/^10\.8 s: /);
      }
    }
    for (const one of ['A Errors', 'command', 'scroll', 'canvas', 'SUMMARY In figures', 'BUTTON b crm']) {
      expect(reached).toContain(one);
    }
  });

  test('a line can be taken away, and is told of no more', async () => {
    const { page } = await show(browser, fullPage('crm'));
    const [before = 0] = await inkOf(page);
    const button = page.locator('.legend button').first();
    await button.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await expect.poll(async () => (await inkOf(page))[0], POLLED).toBeLessThan(before);
    await page.locator('.canvas').first().press('Home');
    expect(await page.locator('.readout').first().textContent()).toMatch(/^1\.54 s: a crm/);
    await button.press('Space');
    await expect.poll(async () => (await inkOf(page))[0], POLLED).toBe(before);
  });

  test.each(['light', 'dark'] as const)('what is %s can be read', async (colorScheme) => {
    const { page } = await show(browser, fullPage('crm'), { colorScheme });
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(21, 23, 26)' : 'rgb(255, 255, 255)');
    expect(await contrastsBelow(page, 4.5)).toEqual([]);
  });

  test.each([
    ['plain names', 'crm.prod.accounts'],
    ['names without end', HOSTILE],
  ])('a phone shows %s without scrolling sideways', async (_kind, name) => {
    const { page } = await show(browser, fullPage(name), PHONE);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    expect(await page.evaluate(WIDTH_OF_A_PLOT)).toBeLessThanOrEqual(320);
    await page.setViewportSize({ width: 700, height: 640 });
    await expect.poll(() => page.evaluate(WIDTH_OF_A_PLOT), POLLED).toBeGreaterThan(500);
  });

  test('a phone shows every column of every table', async () => {
    const { page } = await show(browser, fullPage('crm.prod.accounts'), { viewport: { width: 390, height: 800 } });
    const cut = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
    expect(await page.evaluate(cut)).toBe(0);
    const label = "getComputedStyle(document.querySelector('#topics td'), '::before').content";
    expect(await page.evaluate(label)).toBe('"read"');
  });

  test('the times of both plots stand below each other', async () => {
    const { page } = await show(browser, fullPage('crm'));
    const lefts = await page.evaluate(
      "[...document.querySelectorAll('.u-over')].map((one) => Math.round(one.getBoundingClientRect().left))",
    );
    expect(lefts).toHaveLength(2);
    expect(new Set(lefts as number[]).size).toBe(1);
  });

  test('on paper it is light, with plots that fit, and it is as before afterwards', async () => {
    const { page, complaints } = await show(browser, fullPage('crm'), { colorScheme: 'dark' });
    await page.evaluate(`addEventListener('beforeprint', () => {
      globalThis.printed = [document.documentElement.className, document.querySelector('canvas').clientWidth];
    })`);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await page.evaluate('printed')).toEqual(['paper', 640]);
    expect(await page.evaluate('document.documentElement.className')).toBe('');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(complaints).toEqual([]);
  });

  test('each part has a heading or a name, and each table says what its cells are', async () => {
    const { page } = await show(browser, fullPage('crm'));
    expect(await page.locator('h1').count()).toBe(1);
    const levels = await page.evaluate(
      "[...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName).join(' ')",
    );
    expect(levels).toMatch(/^H1( H2( H3)*)+$/);
    for (const role of ['banner', 'main', 'contentinfo', 'navigation'] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1);
    }
    expect(
      await page
        .locator('th:not([scope]), svg[role=img]:not([aria-label]), section:not([aria-label], [aria-labelledby])')
        .count(),
    ).toBe(0);
    const ids = await page.evaluate<string[]>("[...document.querySelectorAll('[id]')].map((one) => one.id)");
    expect(new Set(ids).size).toBe(ids.length);
  });
});

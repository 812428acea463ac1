import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const EXECUTABLE = '/usr/bin/chromium';

export const HAS_CHROMIUM = existsSync(EXECUTABLE);

// A browser that is alone: what it would look up by itself is not there in a closed network.
const ALONE = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...ALONE],
  });
}

/** A page in a window, and all that the browser had to say of it. */
export interface Shown {
  readonly page: Page;
  /** What was asked for, the page itself aside. */
  readonly requests: string[];
  /** Errors, warnings and dialogs. */
  readonly complaints: string[];
}

/** Opens a document as a file, as one does with a report. */
export async function show(browser: Browser, html: string, options: BrowserContextOptions = {}): Promise<Shown> {
  const folder = mkdtempSync(join(tmpdir(), 'sfreplay-page-'));
  const context = await browser.newContext(options);
  onTestFinished(async () => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => request.url() !== url && requests.push(request.url()));
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, requests, complaints };
}

/** How many points of each plot have a colour. */
export function inkOf(page: Page): Promise<number[]> {
  return page.locator('canvas').evaluateAll((canvases) =>
    (canvases as unknown as Canvas[]).map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    }),
  );
}

/** What is used of a canvas; the tests are compiled without a browser's types. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

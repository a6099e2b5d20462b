import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's package. */
export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = (): boolean => existsSync(CHROMIUM);

export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;
export const THEMES = ['light', 'dark'] as const;

/** What a page did that nobody asked for, collected while a test runs. */
export interface Watch {
  /** Lines of the browser's console, and errors of the page. */
  readonly messages: string[];
  readonly requests: { readonly method: string; readonly url: string; readonly body: string }[];
}

export interface Browser {
  /** Opens a page in a profile of its own. */
  open(): Promise<{ page: Page; context: BrowserContext; watch: Watch }>;
  close(): Promise<void>;
}

/** Starts one Chromium. It accepts the laptop stack's certificate. */
export async function startBrowser(): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--crash-dumps-dir=${folder}`,
    ],
  });
  return {
    open: async () => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: SIZES.wide,
        timezoneId: 'Europe/Berlin',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      return { page, context, watch: watchPage(page) };
    },
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function watchPage(page: Page): Watch {
  const watch: Watch = { messages: [], requests: [] };
  page.on('console', (message) => watch.messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => watch.messages.push(`page: ${error.message}`));
  page.on('request', (request) =>
    watch.requests.push({ method: request.method(), url: request.url(), body: request.postData() ?? '' }),
  );
  return watch;
}

/** Signs in on the issuer's page as the sample caller of this name, and waits for the console. */
export async function signInAs(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: `Signed in as ${name}` }).waitFor();
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly where: string;
}

/** Runs axe on what the page shows, except Fluent's focus sentinels. The debugger evaluates it, so the page's policy stays. */
export async function findBarriers(page: Page): Promise<Finding[]> {
  await page.evaluate(axeSource);
  const expression = `axe.run({ exclude: [['[data-tabster-dummy]']] }, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0].html.slice(0, 200) + ' ' + (nodes[0].any[0]?.message ?? '') })))`;
  return page.evaluate(expression);
}

/** How many pixels the page is too wide. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

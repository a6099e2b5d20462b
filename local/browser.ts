import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium';

export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;

/** What a page did that nobody asked for, collected while a test runs. */
export interface Watch {
  /** Lines of the browser's console, and errors of the page. */
  readonly messages: string[];
  readonly requests: { readonly method: string; readonly url: string; readonly body: string }[];
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly watch: Watch;
}

export interface Browser {
  /** Opens a page that shares nothing with the others. */
  open(colorScheme?: 'light' | 'dark', size?: keyof typeof SIZES): Promise<OpenPage>;
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
    open: async (colorScheme = 'light', size = 'wide') => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: SIZES[size],
        colorScheme,
        timezoneId: 'Europe/Berlin',
        // Animations take most of the processor where no graphics card draws them.
        reducedMotion: 'reduce',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      // A browser on a busy machine takes many times as long as on a quiet one.
      page.setDefaultTimeout(60_000);
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

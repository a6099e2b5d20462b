import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * A new process takes up to a second of processor time, and without these arguments each page, frame and visit to the issuer
 * starts some. Pages of one context share a process, and drawing and the network are part of the browser's own.
 */
const FEW_PROCESSES = [
  '--renderer-process-limit=1',
  '--disable-site-isolation-trials',
  '--in-process-gpu',
  '--disable-software-rasterizer',
  // The last argument of this name counts, so it repeats the features that Playwright enables.
  '--enable-features=CDPScreenshotNewSurface,SkipListAccountsWithoutGaiaCookies,NetworkServiceInProcess2',
];

/** How tests and pictures start Chromium. */
export const CHROMIUM = {
  // Where Debian's package puts it.
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...FEW_PROCESSES,
  ],
};

export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;

/** What a page did that nobody asked for, collected while a test runs. */
export interface Watch {
  /** Lines of the browser's console with the address that they are about, and errors of the page. */
  readonly messages: string[];
  readonly requests: { readonly method: string; readonly url: string; readonly body: string }[];
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly watch: Watch;
  /**
   * Opens another page of this context, which shares its caches and process but no tab's storage. It loads the console in half
   * the time.
   */
  another(): Promise<OpenPage>;
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
    ...CHROMIUM,
    headless: true,
    args: [...CHROMIUM.args, `--crash-dumps-dir=${folder}`],
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
      return openPage(context);
    },
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(context: BrowserContext): Promise<OpenPage> {
  const page = await context.newPage();
  // A browser on a busy machine takes many times as long as on a quiet one.
  page.setDefaultTimeout(60_000);
  return { page, context, watch: watchPage(page), another: () => openPage(context) };
}

function watchPage(page: Page): Watch {
  const watch: Watch = { messages: [], requests: [] };
  page.on('console', (message) => {
    const { url } = message.location();
    watch.messages.push(`${message.type()}: ${message.text()}${url === '' ? '' : ` ${url}`}`);
  });
  page.on('pageerror', (error) => watch.messages.push(`page: ${error.message}`));
  page.on('request', (request) =>
    watch.requests.push({ method: request.method(), url: request.url(), body: request.postData() ?? '' }),
  );
  return watch;
}

/** Opens an address of the console, signs in as the sample caller of this name, and waits for the console. */
export async function signInAs(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await passSignIn(page, name);
}

/** Goes from the page that asks for a sign-in over the issuer's to the console. */
export async function passSignIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: `Signed in as ${name}` }).waitFor();
}

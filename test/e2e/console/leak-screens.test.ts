import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeOver } from '../rotated-account.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from '../test-broker.ts';
import { type Browser, signInAs, SIZES, startBrowser } from '../../../local/browser.ts';
import { findBarriers, LOOKS, overflow } from './barriers.ts';
import { consoleMember } from './console-broker.ts';
import { showAnew } from './show-place.ts';

/** A folder for pictures of every scene; without it none are made. */
const PICTURES = process.env['CONSOLE_PICTURES'];

let accounts: Accounts;
let broker: TestBroker;
let browser: Browser;
let address: string;
let leaked: { id: string; url: string };

beforeAll(async () => {
  [accounts, browser] = await Promise.all([newAccounts(), startBrowser()]);
  const config = configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION);
  broker = await startBroker(accounts, { ...config, console: consoleMember() });
  address = `${broker.url}/console/`;
  await accounts.container('photos');
  await takeOver(broker, accounts.media);
  leaked = await issue('service');
  for (const kind of ['service', 'user-delegation', 'service']) await issue(kind);
  for (const who of ['stranger', 'uploader', 'uploader'])
    await call(broker, who, 'POST', '/tokens', {
      url: `${accounts.media.blob}/photos/a.jpg`,
      permissions: 'r',
    });
}, 120_000);

afterAll(() => Promise.all([browser.close(), broker.stop()]));

async function issue(kind: string) {
  const url = `${accounts.media.blob}/photos/inbox/2026/IMG_2231.jpg`;
  const { status, body } = await call(broker, 'reader', 'POST', '/tokens', {
    url,
    permissions: 'r',
    kind,
    purpose: 'profile photo',
  });
  expect([status, body]).toMatchObject([201, {}]);
  return { id: String(body['id']), url: String(body['url']) };
}

interface Scene {
  readonly name: string;
  readonly who: 'Ada Auditor' | 'Otto Operator' | 'Ravi Reader';
  readonly hash: () => string;
  readonly act?: (page: Page) => Promise<void>;
}

const paste = (text: () => string) => (page: Page) =>
  page.getByLabel(/SAS URL, token, fingerprint/).fill(text());
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
const choose = (page: Page, name: RegExp) => page.getByRole('radio', { name }).click();
const look = async (page: Page) => {
  await paste(() => leaked.url)(page);
  await page.getByRole('button', { name: 'Look up', exact: true }).click();
  await page.getByText('You may look, not act.').waitFor();
};
const foreign = () => leaked.url.replace(/sig=[^&]*/, `sig=${'A'.repeat(43)}%3D`);

const SCENES: readonly Scene[] = [
  { name: 'lookup', who: 'Ada Auditor', hash: () => '#/lookup', act: paste(() => leaked.url) },
  { name: 'damaged', who: 'Ada Auditor', hash: () => '#/lookup', act: paste(() => 'hello') },
  {
    name: 'plan',
    who: 'Ada Auditor',
    hash: () => '#/lookup',
    act: async (page) => {
      await look(page);
      await choose(page, /Regenerate/);
    },
  },
  {
    name: 'missing',
    who: 'Ada Auditor',
    hash: () => '#/lookup',
    act: async (page) => {
      await paste(foreign)(page);
      await page.getByRole('button', { name: 'Look up', exact: true }).click();
      await page.getByText('This broker has no record of it.').waitFor();
    },
  },
  {
    name: 'tokens',
    who: 'Ada Auditor',
    hash: () => '#/tokens',
    act: (page) => page.getByText('Ravi Reader').first().waitFor(),
  },
  {
    name: 'token',
    who: 'Ada Auditor',
    hash: () => '#/tokens',
    act: async (page) => {
      await page
        .getByRole('button', { name: /Ravi Reader/ })
        .first()
        .click();
      await page.getByText('Issued by this broker').waitFor();
    },
  },
  {
    name: 'my-tokens',
    who: 'Ravi Reader',
    hash: () => '#/tokens',
    act: (page) =>
      page
        .getByText(/live ·/)
        .first()
        .waitFor(),
  },
  {
    name: 'no-tokens',
    who: 'Ada Auditor',
    hash: () => '#/tokens?grant=none',
    act: (page) => page.getByText('Nothing matches.').waitFor(),
  },
  {
    name: 'activity',
    who: 'Ada Auditor',
    hash: () => '#/activity',
    act: (page) => page.getByText('Refused').first().waitFor(),
  },
  {
    name: 'key-plan',
    who: 'Otto Operator',
    hash: () => `#/plan?account=${accounts.media.name}`,
    act: (page) => choose(page, /both keys/),
  },
  {
    name: 'confirm',
    who: 'Otto Operator',
    hash: () => `#/plan?token=${leaked.id}`,
    act: async (page) => {
      await choose(page, /Regenerate/);
      await press(page, /Regenerate key\d…/);
      await page.getByLabel(/Reason/).fill('Incident 4711: URL in a public build log');
    },
  },
  {
    name: 'block',
    who: 'Otto Operator',
    hash: () => `#/plan?token=${leaked.id}`,
    act: async (page) => {
      await choose(page, /Block the caller/);
      await press(page, /Block the caller…/);
      await page.getByRole('alertdialog').waitFor();
    },
  },
];

/** Shows a scene in each look, and returns what is wrong with it. */
async function faultsOf({ name, hash, act }: Scene, page: Page): Promise<string[]> {
  const faults: string[] = [];
  await showAnew(page, address, hash());
  await act?.(page);
  for (const [theme, size] of LOOKS) {
    const viewport = SIZES[size];
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForTimeout(100);
    const wide = await overflow(page);
    if (wide > 0) faults.push(`${name} ${size}: ${wide} px too wide`);
    for (const { id, impact, where } of await findBarriers(page))
      faults.push(`${name} ${size} ${theme}: ${impact} ${id} ${where}`);
    if (PICTURES === undefined) continue;
    mkdirSync(PICTURES, { recursive: true });
    const path = `${PICTURES}/${name}-${viewport.width}x${viewport.height}-${theme}.png`;
    await page.screenshot({ path, fullPage: size === 'narrow' });
  }
  await page.setViewportSize(SIZES.wide);
  return faults;
}

describe('every scene of the leak journey', () => {
  it.each(['Ada Auditor', 'Otto Operator', 'Ravi Reader'] as const)(
    'fits and has no barrier in any look, for %s',
    async (name) => {
      const { page, watch } = await browser.open();
      await signInAs(page, address, name);
      const faults: string[] = [];
      for (const scene of SCENES.filter(({ who }) => who === name))
        faults.push(...(await faultsOf(scene, page)));
      expect([...faults, ...watch.messages.filter((text) => !text.includes('status of 404'))]).toEqual([]);
    },
    300_000,
  );
});

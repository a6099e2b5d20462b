import type { Page } from 'playwright-core';
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { resourceManagerFault } from '../../stack-client.ts';

/** One state of a screen that every look is tried on. */
export interface Scene {
  readonly name: string;
  /** Its address, for the account's name and the id of a leaked token. */
  readonly hash: (given: { readonly account: string; readonly id: string }) => string;
  /** Brings the screen into the state, and waits for it. */
  readonly act: (page: Page, given: Given) => Promise<void>;
}

export interface Given {
  /** The URL of a live token that the broker issued. */
  readonly leaked: string;
  /** A live URL that something else signed with key1 of the account. */
  readonly foreign: string;
  readonly account: string;
}

const paste = (page: Page, text: string) => page.getByLabel(/SAS URL, token, fingerprint/).fill(text);
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
const choose = (page: Page, name: RegExp) => page.getByRole('radio', { name }).click();
const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
const seeHeading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).waitFor();
/** Nothing of the screen is still loading. */
const loaded = (page: Page) =>
  expect.poll(() => page.locator('main .loading').count(), { timeout: 60_000 }).toBe(0);

async function look(page: Page, url: string, seen: string): Promise<void> {
  await paste(page, url);
  await page.getByRole('button', { name: 'Look up', exact: true }).click();
  await see(page, seen);
}

/** A line that storage logs of a request with the URL. */
function logLine(url: string): string {
  const hash = createHash('sha256')
    .update(new URL(url).searchParams.get('sig') ?? '')
    .digest('hex')
    .toUpperCase();
  const identity = { type: 'SAS', tokenHash: `key1(${'C'.repeat(64)}),SasSignature(${hash})` };
  return JSON.stringify({
    time: new Date().toISOString(),
    category: 'StorageRead',
    statusCode: 200,
    identity,
  });
}

const forged = (url: string) => url.replace(/sig=[^&]*/, `sig=${'A'.repeat(43)}%3D`);

/** The scenes of each sample caller. */
export const SCENES: Readonly<Record<string, readonly Scene[]>> = {
  auditor: [
    {
      name: 'overview',
      hash: () => '#/overview',
      act: async (page) => {
        await page.getByRole('img', { name: /Stacked bars/ }).waitFor();
        await seeHeading(page, 'Recent activity');
        await loaded(page);
      },
    },
    {
      name: 'overview-cut',
      hash: () => '#/overview',
      act: async (page) => {
        await page.route('**/summary/live-tokens', async (route) => {
          const response = await route.fetch();
          const json = { ...((await response.json()) as object), scannedAll: false };
          await route.fulfill({ response, json });
        });
        await press(page, 'Refresh');
        await see(page, 'The audit table was not read to its end');
        await page.getByRole('img', { name: /at least \d+ live tokens/ }).waitFor();
        await page.unroute('**/summary/live-tokens');
      },
    },
    {
      name: 'accounts',
      hash: () => '#/accounts',
      act: async (page) => {
        await page.getByRole('columnheader', { name: 'Phase' }).waitFor();
        await loaded(page);
      },
    },
    {
      name: 'account',
      hash: ({ account }) => `#/account?account=${account}`,
      act: async (page) => {
        await page.getByRole('img', { name: /phases/ }).waitFor();
        await loaded(page);
      },
    },
    { name: 'blocks', hash: () => '#/blocks', act: (page) => see(page, 'Nobody is blocked.') },
    { name: 'no-grants', hash: () => '#/grants', act: (page) => seeHeading(page, 'No grant names you') },
    {
      name: 'activity',
      hash: () => '#/activity',
      act: (page) => see(page, 'Refused'),
    },
    {
      name: 'lookup',
      hash: () => '#/lookup',
      act: async (page, { leaked }) => {
        await paste(page, leaked);
        await seeHeading(page, 'It is a SAS URL');
      },
    },
    {
      name: 'damaged',
      hash: () => '#/lookup',
      act: async (page) => {
        await paste(page, 'hello');
        await see(page, 'There is no sig= and no fingerprint in this.');
      },
    },
    {
      name: 'plan',
      hash: () => '#/lookup',
      act: async (page, { leaked }) => {
        await look(page, leaked, 'You may look, not act.');
        await choose(page, /Regenerate/);
      },
    },
    {
      name: 'missing',
      hash: () => '#/lookup',
      act: (page, { leaked }) => look(page, forged(leaked), 'This broker has no record of it.'),
    },
    {
      name: 'foreign',
      hash: () => '#/lookup',
      act: async (page, { foreign, account }) => {
        await look(page, foreign, 'This broker has no record of it.');
        await press(page, 'Check the signature');
        await see(page, `Signed with a key of ${account}, but not by this broker. Somebody has that key.`);
        await page.getByRole('radio', { name: `Regenerate key1 of ${account}` }).waitFor();
      },
    },
    {
      name: 'log-line',
      hash: () => '#/lookup',
      act: async (page, { leaked }) => {
        await paste(page, logLine(leaked));
        await see(page, 'only its hash is in the log');
        await page.getByRole('button', { name: 'Look up', exact: true }).click();
        await see(page, 'Issued by this broker');
        await see(page, 'Ravi Reader');
      },
    },
    {
      name: 'tokens',
      hash: () => '#/tokens',
      act: (page) => see(page, 'Ravi Reader'),
    },
    {
      name: 'token',
      hash: () => '#/tokens',
      act: async (page) => {
        await page
          .getByRole('button', { name: /Ravi Reader/ })
          .first()
          .click();
        await see(page, 'Issued by this broker');
      },
    },
    { name: 'no-tokens', hash: () => '#/tokens?grant=none', act: (page) => see(page, 'Nothing matches.') },
  ],
  operator: [
    {
      name: 'key-plan',
      hash: ({ account }) => `#/plan?account=${account}`,
      act: (page) => choose(page, /both keys/),
    },
    {
      name: 'confirm',
      hash: ({ id }) => `#/plan?token=${id}`,
      act: async (page) => {
        await choose(page, /Regenerate/);
        await press(page, /Regenerate key\d…/);
        await page.getByLabel(/Reason/).fill('Incident 4711: URL in a public build log');
      },
    },
    {
      name: 'block',
      hash: ({ id }) => `#/plan?token=${id}`,
      act: async (page) => {
        await choose(page, /Block the caller/);
        await press(page, /Block the caller…/);
        await page.getByRole('alertdialog').waitFor();
      },
    },
    {
      name: 'by-hand',
      hash: ({ account }) => `#/plan?account=${account}`,
      act: async (page, { account: name }) => {
        await resourceManagerFault({
          operation: 'revokeUserDelegationKeys',
          name,
          fault: 'refuse',
          status: 403,
        });
        await choose(page, /Revoke the user delegation keys/);
        await press(page, 'Revoke the keys…');
        await page.getByLabel(/Reason/).fill('Incident 4711: URL in a public build log');
        await page.getByLabel(/to confirm/).fill(name);
        await page
          .getByRole('alertdialog')
          .getByRole('button', { name: /Revoke/ })
          .click();
        await see(page, 'Azure refused this; nothing has ended. Run it yourself:');
        await press(page, 'Copy the command');
        expect(await page.evaluate('navigator.clipboard.readText()')).toContain(
          `revoke-delegation-keys --name ${name}`,
        );
      },
    },
    {
      name: 'watch',
      hash: ({ id }) => `#/plan?token=${id}`,
      act: async (page, { account }) => {
        await choose(page, /Regenerate key1/);
        await press(page, 'Regenerate key1…');
        await page.getByLabel(/Reason/).fill('Incident 4711: URL in a public build log');
        await page.getByLabel(/to confirm/).fill(`${account}/key1`);
        await page.getByRole('alertdialog').getByRole('button', { name: 'Regenerate key1' }).click();
        await see(page, /dead, proved/);
      },
    },
  ],
  reader: [
    { name: 'grants', hash: () => '#/grants', act: (page) => seeHeading(page, 'read') },
    {
      name: 'generate',
      hash: () => '#/generate',
      act: async (page, { leaked }) => {
        await page.getByLabel('URL', { exact: true }).fill(leaked.replace(/\?.*/, ''));
        await seeHeading(page, /^You would/);
      },
    },
    { name: 'my-tokens', hash: () => '#/tokens', act: (page) => see(page, /live ·/) },
  ],
};

import { expect } from 'vitest';
import { resourceManagerFault } from '../../../stack-client.ts';
import { choose, press, REASON, type Scene, see } from './scene.ts';

/** Plans, and what comes of them. */
export const operatorScenes: readonly Scene[] = [
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
      await page.getByLabel(/Reason/).fill(REASON);
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
    provokes: ['409 revocations'],
    act: async (page, { account: name }) => {
      await resourceManagerFault({
        operation: 'revokeUserDelegationKeys',
        name,
        fault: 'refuse',
        status: 403,
      });
      await choose(page, /Revoke the user delegation keys/);
      await press(page, 'Revoke the keys…');
      await page.getByLabel(/Reason/).fill(REASON);
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
    act: async (page, { account, tick }) => {
      await choose(page, /Regenerate key1/);
      await press(page, 'Regenerate key1…');
      await page.getByLabel(/Reason/).fill(REASON);
      await page.getByLabel(/to confirm/).fill(`${account}/key1`);
      await page.getByRole('alertdialog').getByRole('button', { name: 'Regenerate key1' }).click();
      // What the call does not reach on a busy machine, the timer does.
      const isProved = async () => (await tick(), page.getByText(/dead, proved/).count());
      await expect.poll(isProved, { timeout: 60_000, interval: 1000 }).toBeGreaterThan(0);
    },
  },
];

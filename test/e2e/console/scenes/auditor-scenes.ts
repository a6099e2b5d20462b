import { loaded, press, type Scene, see, seeHeading } from './scene.ts';

/** What auditors see, but for Look up. */
export const auditorScenes: readonly Scene[] = [
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
      // Another reading may be under way.
      await page.unrouteAll({ behavior: 'wait' });
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
];

import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { choose, paste, press, type Scene, see, seeHeading } from './scene.ts';

/** The reply to a look-up that finds nothing. */
const NO_RECORD = '404 tokens/lookup';

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

/** Look up, as auditors see it. */
export const lookupScenes: readonly Scene[] = [
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
    provokes: [NO_RECORD],
    act: (page, { leaked }) => look(page, forged(leaked), 'This broker has no record of it.'),
  },
  {
    name: 'foreign',
    hash: () => '#/lookup',
    provokes: [NO_RECORD],
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
];

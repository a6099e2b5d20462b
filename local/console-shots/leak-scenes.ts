import type { Page } from 'playwright-core';
import { parseBody, photoUrl, postAs, type Stage } from '../demo/stage.ts';
import type { Scene } from './scene.ts';

const REASON = 'Incident 4711: URL in a public build log';

/** Issues a token that has leaked, and looks it up. */
async function lookUp(page: Page, stage: Stage): Promise<void> {
  await page.getByLabel(/SAS URL, token, fingerprint/).fill(String((await leak(stage))['url']));
  await page.getByRole('button', { name: 'Look up', exact: true }).click();
  await page.getByText('You may look, not act.').waitFor();
}

async function leak(stage: Stage): Promise<Record<string, unknown>> {
  const request = { url: photoUrl(stage), permissions: 'r', kind: 'service', purpose: 'profile photo' };
  return parseBody(await postAs(stage, 'reader', '/tokens', request));
}

/** Opens an operator's link to the plan of a leaked token. */
async function openPlan(page: Page, stage: Stage): Promise<void> {
  const id = String((await leak(stage))['id']);
  await page.evaluate(`location.hash = '#/plan?token=${id}'`);
  await page.getByRole('radio', { name: /Regenerate key/ }).click();
}

async function confirm(page: Page, stage: Stage): Promise<void> {
  await openPlan(page, stage);
  const button = page.getByRole('button', { name: /Regenerate key\d…/ });
  const key = /key\d/.exec((await button.textContent()) ?? '')?.[0] ?? '';
  await button.click();
  await page.getByLabel(/Reason/).fill(REASON);
  await page.getByLabel(/to confirm/).fill(`media/${key}`);
}

/** The leak journey and the lists. */
export const leakScenes: readonly Scene[] = [
  {
    name: 'lookup',
    as: 'auditor',
    at: '#/lookup',
    act: async (page, stage) => {
      await page.getByLabel(/SAS URL, token, fingerprint/).fill(String((await leak(stage))['url']));
      await page.getByRole('heading', { name: 'It is a SAS URL' }).waitFor();
    },
  },
  {
    name: 'plan',
    as: 'auditor',
    at: '#/lookup',
    whole: true,
    inDocs: ['wide-light'],
    act: async (page, stage) => {
      await lookUp(page, stage);
      await page.getByRole('radio', { name: /Regenerate key/ }).click();
    },
  },
  { name: 'confirm', as: 'operator', at: '#/overview', act: confirm },
  {
    name: 'watch',
    as: 'operator',
    at: '#/overview',
    act: async (page, stage) => {
      await confirm(page, stage);
      await page
        .getByRole('alertdialog')
        .getByRole('button', { name: /Regenerate/ })
        .click();
      await page.getByText(/dead, proved/).waitFor();
    },
  },
  {
    name: 'tokens',
    as: 'auditor',
    at: '#/tokens',
    act: (page) =>
      page
        .getByText(/live ·/)
        .first()
        .waitFor(),
  },
  {
    name: 'token-record',
    as: 'auditor',
    at: '#/tokens',
    act: async (page) => {
      await page
        .getByRole('button', { name: /Details of|live ·/ })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Issued by this broker' }).waitFor();
    },
  },
  {
    name: 'activity',
    as: 'auditor',
    at: '#/activity',
    whole: true,
    act: (page) => page.getByText('Refused').first().waitFor(),
  },
];

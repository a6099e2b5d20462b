import type { Page } from 'playwright-core';
import type { Stage } from '../demo/stage.ts';
import { sampleCallers } from '../sample-callers.ts';
import { leakScenes } from './leak-scenes.ts';
import type { Scene } from './scene.ts';

const own = sampleCallers['uploader']?.oid ?? '';

async function fillForm(page: Page, { stack }: Stage): Promise<void> {
  await page.getByLabel('URL', { exact: true }).fill(`${stack.blob}/media/uploads/${own}/report.pdf`);
  await page.getByRole('heading', { name: 'You would get it' }).waitFor();
}

/** Every screen of the console, and some of its states. */
export const scenes: readonly Scene[] = [
  {
    name: 'sign-in',
    as: null,
    at: '',
    act: (page) => page.getByRole('button', { name: 'Sign in' }).waitFor(),
  },
  {
    name: 'issuer',
    as: null,
    at: '',
    act: (page) => page.getByRole('button', { name: 'Sign in' }).click(),
  },
  {
    name: 'overview',
    as: 'auditor',
    at: '#/overview',
    whole: true,
    inDocs: ['wide-light', 'narrow-dark'],
    act: async (page) => {
      await page.getByRole('img', { name: /Stacked bars/ }).waitFor();
      await page.getByRole('heading', { name: 'Recent activity' }).waitFor();
    },
  },
  {
    name: 'overview-operator',
    as: 'operator',
    at: '#/overview',
    whole: true,
    act: (page) => page.getByRole('img', { name: /Stacked bars/ }).waitFor(),
  },
  {
    name: 'accounts',
    as: 'operator',
    at: '#/accounts',
    act: (page) => page.getByRole('link', { name: 'archive' }).waitFor(),
  },
  {
    name: 'account',
    as: 'operator',
    at: '#/account?account=archive',
    whole: true,
    inDocs: ['wide-light'],
    act: (page) => page.getByRole('img', { name: /phases/ }).waitFor(),
  },
  {
    name: 'rotate',
    as: 'operator',
    at: '#/account?account=media',
    act: (page) => page.getByRole('button', { name: /Rotate now/ }).click(),
  },
  {
    name: 'blocks',
    as: 'operator',
    at: '#/blocks',
    act: (page) => page.getByRole('button', { name: /Lift/ }).waitFor(),
  },
  {
    name: 'grants',
    as: 'backup',
    at: '#/grants',
    whole: true,
    act: (page) => page.getByRole('heading', { name: 'backup-queues' }).waitFor(),
  },
  {
    name: 'no-grants',
    as: 'stranger',
    at: '',
    act: (page) => page.getByRole('heading', { name: 'No grant names you' }).waitFor(),
  },
  { name: 'forbidden', as: 'uploader', at: '#/activity' },
  { name: 'generate', as: 'uploader', at: '#/generate', whole: true, inDocs: ['wide-light'], act: fillForm },
  {
    name: 'refused',
    as: 'uploader',
    at: '#/generate',
    act: async (page, stage) => {
      await fillForm(page, stage);
      await page.getByRole('checkbox', { name: /^Read/ }).check();
      await page.getByRole('radio', { name: '1 day' }).check();
      await page.getByRole('heading', { name: 'You would be refused' }).waitFor();
    },
  },
  {
    name: 'token',
    as: 'uploader',
    at: '#/generate',
    act: async (page, stage) => {
      await fillForm(page, stage);
      await page.getByRole('button', { name: 'Get the token' }).click();
      await page.getByRole('heading', { name: 'Here is your token' }).waitFor();
    },
  },
  {
    name: 'menu',
    as: 'auditor',
    at: '#/grants',
    act: (page) => page.getByRole('button', { name: /Signed in as/ }).click(),
  },
  ...leakScenes,
];

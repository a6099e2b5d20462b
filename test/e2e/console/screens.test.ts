import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
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
import { type Browser, startBrowser } from '../../../local/browser.ts';
import { faultsInEveryLook } from './barriers.ts';
import { consoleMember } from './console-broker.ts';
import { gatherPeople, type People } from './people.ts';
import { type Scene, SCENES } from './scenes.ts';
import { showAnew } from './show-place.ts';

let accounts: Accounts;
let broker: TestBroker;
let browser: Browser;
let address: string;
let people: People;
let leaked: { id: string; url: string };

beforeAll(async () => {
  [accounts, browser] = await Promise.all([newAccounts(), startBrowser()]);
  const config = configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION);
  broker = await startBroker(accounts, { ...config, console: consoleMember() });
  address = `${broker.url}/console/`;
  people = gatherPeople(browser, address);
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

/** Shows a scene, and returns what is wrong with it in any look. */
async function faultsOf({ name, hash, act }: Scene, page: Page): Promise<string[]> {
  await showAnew(page, hash({ account: accounts.media.name, id: leaked.id }));
  await act(page, leaked.url);
  return faultsInEveryLook(page, name);
}

describe('every scene of the console', () => {
  test.each(Object.keys(SCENES))(
    'fits, is quiet and has no barrier in any look, for the sample caller %s',
    async (caller) => {
      const { page, watch } = await people.signedIn(caller);
      const faults: string[] = [];
      for (const scene of SCENES[caller]!) faults.push(...(await faultsOf(scene, page)));
      expect([...faults, ...watch.messages.filter((text) => !text.includes('status of 404'))]).toEqual([]);
      const origins = new Set(watch.requests.map(({ url }) => new URL(url).origin));
      expect([...origins].sort()).toEqual([new URL(address).origin, inject('stack').issuer].sort());
    },
    300_000,
  );
});

import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
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
let foreign: string;
let leaked: { id: string; url: string };

beforeAll(async () => {
  [accounts, browser] = await Promise.all([newAccounts(), startBrowser()]);
  const config = configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION);
  broker = await startBroker(accounts, { ...config, console: consoleMember() });
  address = `${broker.url}/console/`;
  people = gatherPeople(browser, address);
  await accounts.container('photos');
  await takeOver(broker, accounts.media);
  foreign = signElsewhere();
  leaked = await issue('service');
  for (const kind of ['service', 'user-delegation', 'service']) await issue(kind);
  for (const who of ['stranger', 'uploader', 'uploader'])
    await call(broker, who, 'POST', '/tokens', {
      url: `${accounts.media.blob}/photos/a.jpg`,
      permissions: 'r',
    });
}, 120_000);

afterAll(() => Promise.all([browser.close(), broker.stop()]));

/** Returns a URL that somebody who has key1 has signed. */
function signElsewhere(): string {
  const { name, key1, blob } = accounts.media;
  const blobName = 'inbox/2026/IMG_2231.jpg';
  const parameters = generateBlobSASQueryParameters(
    {
      containerName: 'photos',
      blobName,
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(name, key1),
  );
  return `${blob}/photos/${blobName}?${parameters.toString()}`;
}

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

/**
 * The browser's own line for a look-up that finds nothing, an act that Azure refuses, and a scan that has to wait for another:
 * the console reads it again.
 */
const OWN_LINE = /status of (?:404|409|429)/;

/** Shows a scene, and returns what is wrong with it in any look. */
async function faultsOf({ name, hash, act }: Scene, page: Page): Promise<string[]> {
  await showAnew(page, hash({ account: accounts.media.name, id: leaked.id }));
  await act(page, { leaked: leaked.url, foreign, account: accounts.media.name });
  return faultsInEveryLook(page, name);
}

describe('every scene of the console', () => {
  test.each(Object.keys(SCENES))(
    'fits, is quiet and has no barrier in any look, for the sample caller %s',
    async (caller) => {
      const { page, watch } = await people.signedIn(caller);
      const faults: string[] = [];
      for (const scene of SCENES[caller]!) faults.push(...(await faultsOf(scene, page)));
      expect([...faults, ...watch.messages.filter((text) => !OWN_LINE.test(text))]).toEqual([]);
      const origins = new Set(watch.requests.map(({ url }) => new URL(url).origin));
      expect([...origins].sort()).toEqual([new URL(address).origin, inject('stack').issuer].sort());
    },
    300_000,
  );
});

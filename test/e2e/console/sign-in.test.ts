import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { configuration, newAccounts, startBroker, type TestBroker } from '../test-broker.ts';
import { type Browser, signInAs, startBrowser } from './browser.ts';

let browser: Browser;
let broker: TestBroker;
let address: string;

beforeAll(async () => {
  const accounts = await newAccounts();
  const { issuer } = inject('stack');
  const config = {
    ...configuration(accounts, []),
    console: {
      title: 'tests',
      issuer: 'local',
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      endSessionEndpoint: `${issuer}/endsession`,
      clientId: 'console',
      scope: 'openid profile',
    },
  };
  [browser, broker] = await Promise.all([startBrowser(), startBroker(accounts, config)]);
  address = `${broker.url}/console/`;
}, 120_000);
afterAll(async () => {
  await Promise.all([browser.close(), broker.stop()]);
});

describe('sign-in', () => {
  test('leads from the issuer’s page to the console', async () => {
    const { page, watch } = await browser.open();
    await signInAs(page, address, 'Ada Auditor');
    expect(watch.messages).toEqual([]);
  }, 120_000);
});
